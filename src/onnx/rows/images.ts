import type { Pair } from '../../ops/pair';
import { OnnxError } from '../errors';
import type { Form, Graph, Operand, Value } from '../graph';
import { type Row, row } from '../row';
import { type Activation, activated } from './product';
import { sliced } from './shape';

/** What the records of lines and images have of each axis: [height, width], of which lines use the last. */
export const ofAxes = (pair: readonly number[], axes: number): readonly number[] =>
  pair.slice(pair.length - axes);

/** An op on images that may have no batch: with one of a single image then. */
export function onImages(
  graph: Graph,
  x: Value,
  output: Form,
  axes: number,
  emit: (images: Operand) => string,
): string {
  if (x.shape.length === axes + 2) return emit(x);
  return graph.reshape(emit(graph.node('Unsqueeze', [x, graph.ints([0])])), output);
}

interface Geometry {
  readonly stride: Pair;
  readonly padding: Pair;
  /** Behind the image, where that may differ. */
  readonly after?: Pair;
  readonly dilation: Pair;
  readonly groups: number;
}
type Inputs = readonly [x: Value, weight: Value, bias?: Value];

function geometryOf({ stride, padding, after = padding, dilation, groups }: Geometry, weight: Value) {
  const taps = weight.shape.slice(2);
  const axes = taps.length;
  return {
    kernel_shape: taps,
    strides: ofAxes(stride, axes),
    pads: [...ofAxes(padding, axes), ...ofAxes(after, axes)],
    dilations: ofAxes(dilation, axes),
    group: groups,
  };
}

const convolution = row<Geometry & Activation, Inputs>((graph, { inputs, output, attrs }) => {
  const [x, weight, bias] = inputs;
  const attributes = geometryOf(attrs, weight);
  return onImages(graph, x, output, weight.shape.length - 2, (images) =>
    activated(graph, graph.node('Conv', [images, weight, bias], attributes), attrs),
  );
});

interface Transposed extends Geometry {
  readonly outputPadding: Pair;
}

const transposed = row<Transposed, Inputs>((graph, { inputs: [x, weight, bias], output, attrs }) => {
  const axes = weight.shape.length - 2;
  const geometry = geometryOf(attrs, weight);
  const behind = ofAxes(attrs.outputPadding, axes);
  const isMixed = behind.some((pixels) => pixels > 0) && geometry.dilations.some((step) => step > 1);
  return onImages(graph, x, output, axes, (images) =>
    isMixed
      ? cutOfWhole(graph, [images, weight, bias], geometry, [x, output])
      : graph.node('ConvTranspose', [images, weight, bias], { ...geometry, output_padding: behind }),
  );
});

/** All pixels that kernels reach, cut and filled up by hand: onnxruntime mixes pixels behind up with a dilation. */
function cutOfWhole(
  graph: Graph,
  [images, weight, bias]: readonly [Operand, Value, Value?],
  { pads, ...geometry }: ReturnType<typeof geometryOf>,
  [x, y]: readonly [Form, Form],
): string {
  const { kernel_shape: taps, strides, dilations } = geometry;
  const [from, to] = [x, y].map(({ shape }) => shape.slice(shape.length - taps.length));
  const ends = to.map((length, i) => pads[i] + length);
  const reached = from.map((length, i) => (length - 1) * strides[i] + dilations[i] * (taps[i] - 1) + 1);
  const missing = ends.map((end, i) => Math.max(0, end - reached[i]));
  const none = [0, 0, ...taps.map(() => 0)];
  const whole = graph.node('ConvTranspose', [images, weight], geometry);
  const cut = ends.reduce((value, end, i) => sliced(graph, value, 2 + i, pads[i], end), whole);
  const filled = graph.node('Pad', [cut, graph.ints([...none, 0, 0, ...missing])]);
  const wide = graph.ints([-1, ...taps.map(() => 1)]);
  return bias ? graph.node('Add', [filled, graph.node('Reshape', [bias, wide])]) : filled;
}

const dropout = row<{ readonly p: number; readonly training: boolean }>(
  (_, { inputs: [x], attrs: { p, training } }) => {
    if (!training || p === 0) return x.name;
    throw new OnnxError(
      "dropout drops elements in the forward pass, though the network is in evaluation mode; give ops.dropout the module's own mode: { training: this.training }",
    );
  },
);

/** Axes [c, r, r, h, w] to [c, h, r, w, r], and back. */
const shuffle = (perm: readonly number[]): Row =>
  row<{ readonly apart: readonly number[] }>((graph, { inputs: [x], output, attrs: { apart } }) => {
    const parts = graph.node('Reshape', [x, graph.ints([-1, ...apart.slice(1)])]);
    return graph.reshape(graph.node('Transpose', [parts], { perm }), output);
  });

export const images: Readonly<Record<string, Row>> = {
  conv1d: convolution,
  conv2d: convolution,
  convTranspose1d: transposed,
  convTranspose2d: transposed,
  dropout,
  pixelShuffle: shuffle([0, 3, 1, 4, 2]),
  pixelUnshuffle: shuffle([0, 2, 4, 1, 3]),
};
