import { aNumber, kind, oneOf, optional, options } from '../../tensor/guard';
import { floats } from '../../tensor/guard-tensor';
import { formatShape, type Shape, ShapeError } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import { type Activated, defineOp, type Op } from '../define';
import { patches, samplesOf } from '../factors';
import { checkSamples, imageShape, inShape, LINE, PLANE, type Space, spaceShape } from '../images';
import type { Pair, Single } from '../pair';
import { randn, type Sample, type SpecOf, sample } from '../sample';
import type { Geometry } from './geometry';
import {
  asPlanes,
  axisName,
  biasSquares,
  checkBias,
  checkOperands,
  type Inputs,
  onPlanes,
  planeWeight,
  reachOf,
} from './operands';
import { convolve, inputGradient, weightGradient } from './ways';

/** Zeros around, so many on each side; 'same' keeps the size where the stride is 1, 'valid' is none. */
export type Padding<Size> = Size | 'same' | 'valid';

export interface ConvOptions<Size> extends Activated {
  /** [O] */
  readonly bias?: Tensor;
  /** Distance between the places of the kernel. Default 1. */
  readonly stride?: Size;
  /** Zeros around the image. Default 0. With 'same' the right and lower side have one more where the number is odd. */
  readonly padding?: Padding<Size>;
  /** Distance between the taps of the kernel. Default 1. */
  readonly dilation?: Size;
  /** Channels fall into so many groups that do not see each other; groups = C is a depthwise kernel. Default 1. */
  readonly groups?: number;
}
/** Stride, padding and dilation are one number, or [height, width]. */
export type Conv2dOptions = ConvOptions<number | Pair>;
export type Conv1dOptions = ConvOptions<Single>;

/** Options with everything filled in; `padding` is that before the image. */
interface Attrs extends Geometry, Activated {
  readonly after: Pair;
}
type Args<Size> = readonly [x: Tensor, weight: Tensor, options?: ConvOptions<Size>];

/** As of a convolution: numbers, or a word. */
export const aPadding = kind(
  "a number, a pair [height, width], 'same' or 'valid'",
  (value) =>
    typeof value === 'number' ||
    value === 'same' ||
    value === 'valid' ||
    (Array.isArray(value) && value.every((item) => typeof item === 'number')),
);

/** @throws ShapeError on 'same' with a stride */
function paddingOf<Size>(
  op: string,
  space: Space<Size>,
  padding: Padding<Size>,
  weight: Shape,
  { stride, dilation }: Pick<Geometry, 'stride' | 'dilation'>,
): Pick<Attrs, 'padding' | 'after'> {
  if (padding !== 'same') {
    const around = padding === 'valid' ? ([0, 0] as const) : space.pair(op, 'padding', padding, 0);
    return { padding: around, after: around };
  }
  if (stride.some((step) => step !== 1)) {
    throw new ShapeError(
      `${op}: padding 'same' keeps the size where the stride is 1, got ${formatShape(stride)}; give the padding in numbers`,
    );
  }
  const all = planeWeight(space, weight).slice(2, 4);
  const total = all.map((taps, i) => dilation[i] * (taps - 1));
  const [top, left] = total.map((pixels) => Math.floor(pixels / 2));
  return { padding: [top, left], after: [total[0] - top, total[1] - left] };
}

/** Shape of the result. @throws ShapeError */
function outputShape(op: string, space: Space<never>, [x, weight, bias]: Inputs, attrs: Attrs): Shape {
  const { stride, padding, after, dilation, groups } = attrs;
  const weightFacts = `(weight shape ${formatShape(weight.shape)}, groups ${groups})`;
  const weightAxes = space.axes === 2 ? '[O, C/groups, KH, KW]' : '[O, C/groups, K]';
  checkOperands(op, space, x.shape, weight.shape, groups, weightAxes);
  const [samples, channels, ...plane] = imageShape(space, x.shape);
  const [outputs, groupInputs, ...taps] = planeWeight(space, weight.shape);
  if (channels !== groupInputs * groups) {
    throw new ShapeError(
      `${op}: input has ${channels} channels, weight expects ${groupInputs * groups} ${weightFacts}`,
    );
  }
  checkBias(op, bias?.shape, outputs, weightFacts);
  const [height, width] = ([0, 1] as const).map((i) => {
    const padded = plane[i] + padding[i] + after[i];
    const reach = reachOf(taps[i], dilation, i);
    if (padded < reach) {
      throw new ShapeError(
        `${op}: kernel covers ${reach} pixels of ${axisName(space, i)}, the padded input has ${padded}; add padding ${weightFacts}`,
      );
    }
    return Math.floor((padded - reach) / stride[i]) + 1;
  });
  return spaceShape(space, x.shape, [samples, outputs, height, width]);
}

function defineConv<Size>(
  name: string,
  space: Space<Size>,
  samples: () => readonly Sample<Args<Size>>[],
): Op<Args<Size>> {
  const parse = (...[x, weight, options = {}]: Args<Size>): { inputs: Inputs; attrs: Attrs } => {
    const { bias, stride = 1, padding = 'valid', dilation = 1, groups = 1, activation } = options;
    const steps = {
      stride: space.pair(name, 'stride', stride, 1),
      dilation: space.pair(name, 'dilation', dilation, 1),
    };
    return {
      inputs: [x, weight, bias],
      attrs: { ...steps, ...paddingOf(name, space, padding, weight.shape, steps), groups, activation },
    };
  };
  return defineOp({
    name,
    takes: {
      x: floats,
      weight: floats,
      options: optional(
        options({
          bias: optional(floats),
          stride: optional(space.check),
          padding: optional(aPadding),
          dilation: optional(space.check),
          groups: optional(aNumber),
          activation: optional(oneOf('relu')),
        }),
      ),
    },
    parse,
    shape: ({ inputs, attrs }) => outputShape(name, space, inputs, attrs),
    forward: (k, { inputs, attrs, shape }) =>
      onPlanes(k, space, inputs, shape, (planes, out) => convolve(k, { inputs: planes, attrs, shape: out })),
    backward: (k, { grad, inputs, attrs, needs }) => {
      const [x, weight] = asPlanes(space, inputs);
      const g = inShape(grad, imageShape(space, grad.shape));
      return [
        needs[0] ? inShape(inputGradient(k, [g, weight], attrs, x.shape), inputs[0].shape) : undefined,
        needs[1]
          ? inShape(weightGradient(k, [g, x], attrs, weight.shape, false), inputs[1].shape)
          : undefined,
        needs[2] ? k.reduce('sum', g, [0, 2, 3]) : undefined,
      ];
    },
    perSample: (k, { grad, inputs, attrs, needs }) => {
      checkSamples(name, space, inputs[0]);
      const [x, weight] = asPlanes(space, inputs);
      const g = inShape(grad, imageShape(space, grad.shape));
      return [
        undefined,
        needs[1] ? inShape(weightGradient(k, [g, x], attrs, weight.shape, true), inputs[1].shape) : undefined,
        needs[2] ? biasSquares(k, g) : undefined,
      ];
    },
    factors: (k, { grad, inputs, attrs, needs, range }) => {
      checkSamples(name, space, inputs[0]);
      const [x, weight] = asPlanes(space, inputs);
      const g = inShape(grad, imageShape(space, grad.shape));
      const [, outputs, ...plane] = g.shape;
      const split = [range[1] - range[0], attrs.groups, outputs / attrs.groups, plane[0] * plane[1]];
      const output = samplesOf(k, g, range).alias(split);
      return [
        undefined,
        needs[1] ? { output, input: patches(k, x, range, attrs, weight.shape, g.shape) } : undefined,
        needs[2] ? { output } : undefined,
      ];
    },
    samples,
  });
}

type PlaneArgs = Args<number | Pair>;
type LineArgs = Args<Single>;

/** A call on an image and a kernel of these shapes; with a bias where it has one. */
function conv(
  title: string,
  x: Shape,
  weight: Shape,
  options: Omit<SpecOf<Conv2dOptions>, 'bias'> & { readonly biased?: boolean } = {},
) {
  const { biased = false, ...rest } = options;
  const bias = biased ? { bias: randn([weight[0]]) } : {};
  return sample<PlaneArgs>(title, randn(x), randn(weight), { ...rest, ...bias });
}

/**
 * Cross-correlation of images with a kernel, as PyTorch's F.conv2d.
 * @param x [N, C, H, W], or [C, H, W] for one image
 * @param weight [O, C/groups, KH, KW]
 * @returns [N, O, OH, OW] with OH = ⌊(H + 2 padding − dilation (KH − 1) − 1) / stride⌋ + 1; [O, OH, OW] of one image
 * @throws ShapeError if shapes or options do not fit together
 */
export const conv2d = defineConv('conv2d', PLANE, (): Sample<PlaneArgs>[] => [
  conv('a kernel with bias', [2, 3, 7, 6], [4, 3, 3, 3], { biased: true, padding: 1 }),
  conv('a kernel with bias and ReLU', [2, 3, 7, 6], [4, 3, 3, 3], {
    biased: true,
    padding: 1,
    activation: 'relu',
  }),
  conv('a kernel of one pixel', [3, 5, 4, 3], [6, 5, 1, 1], { biased: true }),
  conv('one pixel in and out', [1, 1, 1, 1], [1, 1, 1, 1]),
  conv('stride 2 over odd sizes', [1, 2, 7, 5], [3, 2, 3, 3], { stride: 2, padding: 1 }),
  conv('a stride longer than the kernel', [2, 2, 8, 7], [2, 2, 2, 1], { stride: [3, 2] }),
  conv('dilation 2', [2, 2, 9, 8], [3, 2, 3, 3], { dilation: 2, padding: 2 }),
  conv('stride 2 and dilation 3', [1, 2, 11, 9], [2, 2, 3, 2], { stride: 2, dilation: 3, padding: 1 }),
  conv('stride 4 and dilation 2', [1, 1, 13, 12], [2, 1, 5, 3], { stride: 4, dilation: 2, padding: 4 }),
  conv('a depthwise kernel', [2, 3, 6, 7], [3, 1, 5, 5], { biased: true, padding: 2, groups: 3 }),
  conv('a dilated depthwise kernel', [2, 3, 7, 6], [3, 1, 3, 3], { padding: 2, dilation: 2, groups: 3 }),
  conv('a depthwise kernel with two filters a channel', [1, 2, 5, 5], [4, 1, 3, 3], { groups: 2 }),
  conv('two groups', [2, 4, 5, 4], [6, 2, 3, 3], { biased: true, padding: 1, groups: 2 }),
  conv('a kernel one row high', [2, 2, 3, 9], [3, 2, 1, 7], { padding: [0, 3] }),
  conv('a kernel one column wide', [1, 3, 9, 3], [3, 3, 7, 1], { padding: [3, 0] }),
  conv('rows of four pixels, depthwise', [3, 3, 5, 8], [3, 1, 3, 3], { padding: 1, groups: 3 }),
  conv('rows of four pixels, a dilated depthwise kernel', [2, 2, 9, 8], [4, 1, 5, 5], {
    padding: 4,
    dilation: 2,
    groups: 2,
    biased: true,
  }),
  conv('rows of four pixels, 7 × 7', [1, 2, 7, 4], [2, 1, 7, 7], { padding: 3, groups: 2 }),
  conv('rows of four pixels, one pixel', [2, 3, 4, 12], [3, 3, 1, 1]),
  conv('rows of four pixels, one row high', [2, 3, 3, 8], [3, 3, 1, 7], { padding: [0, 3], biased: true }),
  conv('rows of four pixels, one column wide', [2, 3, 9, 4], [3, 3, 7, 1], { padding: [3, 0] }),
  conv('rows of four pixels, fewer rows out', [2, 1, 6, 4], [6, 1, 3, 3], {
    padding: [0, 1],
    biased: true,
  }),
  conv('rows of four pixels, more channels than fit', [1, 9, 3, 4], [2, 9, 3, 3], { padding: 1 }),
  conv('many channels, one pixel', [2, 17, 4, 6], [18, 17, 1, 1]),
  conv('many channels, stride 2', [2, 16, 7, 8], [10, 16, 3, 3], { stride: 2, padding: 1, biased: true }),
  conv('many channels, dilation 2, odd width', [2, 8, 7, 7], [9, 8, 3, 5], { dilation: 2, padding: 4 }),
  conv('many channels in groups, a long row', [2, 8, 5, 9], [8, 4, 2, 6], { padding: [1, 2], groups: 2 }),
  conv('many channels, one column wide', [2, 8, 8, 5], [8, 8, 7, 1], { padding: [3, 0] }),
  conv('more channels than a workgroup, one column wide', [1, 2, 6, 4], [33, 2, 3, 1], { padding: [1, 0] }),
  conv('a kernel longer than a tile', [1, 1, 10, 11], [2, 1, 9, 10], { padding: [3, 4] }),
  conv('more channels than a tile', [1, 10, 4, 3], [11, 10, 1, 1], { biased: true }),
  conv('an image higher than a tile', [1, 1, 19, 3], [9, 1, 3, 3], { padding: 1 }),
  conv('the same size, one more zero behind', [2, 2, 5, 6], [3, 2, 2, 4], { padding: 'same', biased: true }),
  conv('rows of four pixels, the same size, one more zero behind', [1, 2, 4, 8], [3, 2, 3, 4], {
    padding: 'same',
  }),
]);

/**
 * Cross-correlation of lines with a kernel, as PyTorch's F.conv1d.
 * @param x [N, C, L], or [C, L] for one line
 * @param weight [O, C/groups, K]
 * @returns [N, O, OL] with OL = ⌊(L + 2 padding − dilation (K − 1) − 1) / stride⌋ + 1; [O, OL] of one line
 * @throws ShapeError if shapes or options do not fit together
 */
export const conv1d = defineConv('conv1d', LINE, (): Sample<LineArgs>[] => [
  sample<LineArgs>('a kernel with bias', randn([2, 3, 9]), randn([4, 3, 3]), {
    bias: randn([4]),
    stride: 2,
    padding: 1,
  }),
  sample<LineArgs>('two groups, the same size', randn([3, 4, 8]), randn([6, 2, 4]), {
    padding: 'same',
    dilation: 2,
    groups: 2,
  }),
]);
