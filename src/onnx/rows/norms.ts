import type { Tensor } from '../../tensor/tensor';
import type { Graph, Operand, Value } from '../graph';
import { type Row, row } from '../row';
import { reduced } from './reduction';

interface BatchNorm {
  readonly running?: { readonly mean: Tensor; readonly variance: Tensor };
  readonly training: boolean;
  readonly eps: number;
}
type Inputs = readonly [x: Value, weight?: Value, bias?: Value];

const every = (graph: Graph, length: number, value: number, shape = [length]): string =>
  graph.float(new Array(length).fill(value), shape);

const batchNorm = row<BatchNorm, Inputs>((graph, { inputs, attrs, heldValue }) => {
  const [x, weight, bias] = inputs;
  const { running, training, eps } = attrs;
  if (!running || training) return byBatch(graph, inputs, eps);
  const channels = x.shape[1];
  const parameters = [weight ?? every(graph, channels, 1), bias ?? every(graph, channels, 0)];
  const statistics = [heldValue(running.mean), heldValue(running.variance)];
  const attributes = { epsilon: { float: eps } };
  return graph.node('BatchNormalization', [x, ...parameters, ...statistics], attributes);
});

/** A tensor of channels as one that stands beside images. */
const besideImages = (graph: Graph, channels: Value, { shape }: Value): string =>
  graph.node('Reshape', [channels, graph.ints([-1, ...shape.slice(2).map(() => 1)])]);

function affine(graph: Graph, normal: string, weight: Operand, bias: Operand): string {
  const scaled = weight ? graph.node('Mul', [normal, weight]) : normal;
  return bias ? graph.node('Add', [scaled, bias]) : scaled;
}

/** Normalised by the batch's own mean and variance, as in training. */
function byBatch(graph: Graph, [x, weight, bias]: Inputs, eps: number): string {
  const axes = [...x.shape.keys()].filter((axis) => axis !== 1);
  const mean = (of: Operand) => reduced(graph, 'ReduceMean', of, { axes, keepDims: true });
  const away = graph.node('Sub', [x, mean(x)]);
  const variance = mean(graph.node('Mul', [away, away]));
  const deviation = graph.node('Sqrt', [graph.node('Add', [variance, graph.float(eps)])]);
  const wide = (channels?: Value) => channels && besideImages(graph, channels, x);
  return affine(graph, graph.node('Div', [away, deviation]), wide(weight), wide(bias));
}

interface Rows {
  readonly of: { readonly length: number; readonly groups: number };
  readonly eps: number;
}

/** How many last axes a row has. */
function lastAxes({ shape }: Value, length: number, parameter: Value | undefined): number {
  if (parameter) return parameter.shape.length;
  let [count, size] = [0, 1];
  while (size !== length || count === 0) size *= shape[shape.length - ++count];
  return count;
}

const layerNorm = row<Rows, Inputs>((graph, { inputs: [x, weight, bias], attrs: { of, eps } }) => {
  const count = lastAxes(x, of.length, weight ?? bias);
  const shape = x.shape.slice(x.shape.length - count);
  const scale = weight ?? every(graph, of.length, 1, [...shape]);
  return graph.node('LayerNormalization', [x, scale, bias], { axis: -count, epsilon: { float: eps } });
});

const rmsNorm = row<Rows, Inputs>((graph, { inputs: [x, weight], attrs: { of, eps } }) => {
  const count = lastAxes(x, of.length, weight);
  const axes = Array.from({ length: count }, (_, i) => i - count);
  const square = reduced(graph, 'ReduceMean', graph.node('Mul', [x, x]), { axes, keepDims: true });
  const root = graph.node('Sqrt', [graph.node('Add', [square, graph.float(eps)])]);
  return affine(graph, graph.node('Div', [x, root]), weight, undefined);
});

/** Groups as the channels of an instance norm, then the channels' own parameters. */
const groupNorm = row<Rows, Inputs>((graph, { inputs: [x, weight, bias], output, attrs: { of, eps } }) => {
  const { groups, length } = of;
  const apart = graph.reshape(x, { shape: [x.shape[0], groups, length], growth: [x.growth[0], 0, 0] });
  const one = [every(graph, groups, 1), every(graph, groups, 0)];
  const normal = graph.node('InstanceNormalization', [apart, ...one], { epsilon: { float: eps } });
  const wide = (channels?: Value) => channels && besideImages(graph, channels, x);
  return affine(graph, graph.reshape(normal, output), wide(weight), wide(bias));
});

const instanceNorm = row<Rows, Inputs>((graph, { inputs: [x, weight, bias], attrs: { eps } }) => {
  const channels = x.shape[1];
  const parameters = [weight ?? every(graph, channels, 1), bias ?? every(graph, channels, 0)];
  return graph.node('InstanceNormalization', [x, ...parameters], { epsilon: { float: eps } });
});

export const norms: Readonly<Record<string, Row>> = {
  batchNorm,
  batchNorm2d: batchNorm,
  groupNorm,
  instanceNorm,
  layerNorm,
  rmsNorm,
};
