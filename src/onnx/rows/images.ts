import type { Pair } from '../../ops/pair';
import type { Tensor } from '../../tensor/tensor';
import { OnnxError } from '../errors';
import type { Graph, Value } from '../graph';
import { type Row, row, same } from '../row';
import { type Activation, activated } from './product';

/** Before both axes, then behind both. */
const around = (padding: Pair): number[] => [...padding, ...padding];

interface Convolution extends Activation {
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly groups: number;
}

const conv2d = row<Convolution, readonly [x: Value, weight: Value, bias?: Value]>(
  (graph, { inputs, attrs }) => {
    const { stride, padding, dilation, groups } = attrs;
    const result = graph.node('Conv', inputs, {
      kernel_shape: inputs[1].shape.slice(2),
      strides: stride,
      pads: around(padding),
      dilations: dilation,
      group: groups,
    });
    return activated(graph, result, attrs);
  },
);

interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
}
const windowed = ({ kernel, stride, padding }: Window) => ({
  kernel_shape: kernel,
  strides: stride,
  pads: around(padding),
});

const maxPool2d = row<Window>((graph, { inputs, attrs }) => graph.node('MaxPool', inputs, windowed(attrs)));

const avgPool2d = row<{ readonly window: Window; readonly constants: { readonly COUNT_PADDING: number } }>(
  (graph, { inputs, attrs: { window, constants } }) =>
    graph.node('AveragePool', inputs, {
      ...windowed(window),
      count_include_pad: constants.COUNT_PADDING,
    }),
);

interface BatchNorm {
  readonly running?: { readonly mean: Tensor; readonly variance: Tensor };
  readonly training: boolean;
  readonly eps: number;
}
type BatchNormInputs = readonly [x: Value, weight?: Value, bias?: Value];

const batchNorm2d = row<BatchNorm, BatchNormInputs>((graph, { inputs, attrs, heldValue }) => {
  const [x, weight, bias] = inputs;
  const { running, training, eps } = attrs;
  if (!running || training) return byBatch(graph, inputs, eps);
  const channels = x.shape[1];
  const every = (value: number) => graph.float(new Array(channels).fill(value));
  const operands = [
    x,
    weight ?? every(1),
    bias ?? every(0),
    heldValue(running.mean),
    heldValue(running.variance),
  ];
  return graph.node('BatchNormalization', operands, { epsilon: { float: eps } });
});

/** Normalised by the batch's own mean and variance, as in training. */
function byBatch(graph: Graph, [x, weight, bias]: BatchNormInputs, eps: number): string {
  const mean = (of: Value | string) => graph.node('ReduceMean', [of], { axes: [0, 2, 3], keepdims: 1 });
  const wide = (channels: Value) => graph.reshape(channels, { shape: [-1, 1, 1], growth: [] });
  const away = graph.node('Sub', [x, mean(x)]);
  const variance = mean(graph.node('Mul', [away, away]));
  const deviation = graph.node('Sqrt', [graph.node('Add', [variance, graph.float(eps)])]);
  const normal = graph.node('Div', [away, deviation]);
  const scaled = weight ? graph.node('Mul', [normal, wide(weight)]) : normal;
  return bias ? graph.node('Add', [scaled, wide(bias)]) : scaled;
}

const dropout = row<{ readonly p: number; readonly training: boolean }>(
  (_, { inputs: [x], attrs: { p, training } }) => {
    if (!training || p === 0) return x.name;
    throw new OnnxError(
      "dropout drops elements in the forward pass, though the network is in evaluation mode; give ops.dropout the module's own mode: { training: this.training }",
    );
  },
);

export const images: Readonly<Record<string, Row>> = {
  avgPool2d,
  batchNorm2d,
  conv2d,
  dropout,
  globalAvgPool2d: same('GlobalAveragePool'),
  maxPool2d,
};
