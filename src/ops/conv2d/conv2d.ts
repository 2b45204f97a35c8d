import { aNumber, aPair, oneOf, optional, options } from '../../tensor/guard';
import { floats } from '../../tensor/guard-tensor';
import type { Kernels } from '../../tensor/kernels';
import { formatShape, type Shape, ShapeError } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import { type Activated, defineOp } from '../define';
import { patches, samplesOf } from '../factors';
import { type Pair, pair } from '../pair';
import { randn, type SpecOf, sample } from '../sample';
import type { Geometry } from './geometry';
import { convolve, inputGradient, weightGradient } from './ways';

export interface Conv2dOptions extends Activated {
  /** [O] */
  readonly bias?: Tensor;
  /** Like padding and dilation: one number, or [height, width]. Default 1. */
  readonly stride?: number | Pair;
  /** Zeros around the image. Default 0. */
  readonly padding?: number | Pair;
  /** Distance between the taps of the kernel. Default 1. */
  readonly dilation?: number | Pair;
  /** Channels fall into so many groups that do not see each other; groups = C is a depthwise kernel. Default 1. */
  readonly groups?: number;
}

/** Shape of the result [N, O, OH, OW]. @throws ShapeError */
function outputShape(x: Shape, weight: Shape, bias: Shape | undefined, geometry: Geometry): number[] {
  const { stride, padding, dilation, groups } = geometry;
  const weightFacts = `(weight shape ${formatShape(weight)}, groups ${groups})`;
  if (x.length !== 4) {
    throw new ShapeError(`conv2d: input ${formatShape(x)} has ${x.length} axes, expected 4: [N, C, H, W]`);
  }
  if (weight.length !== 4 || weight.includes(0)) {
    throw new ShapeError(
      `conv2d: weight has shape ${formatShape(weight)}, expected 4 axes of at least 1: [O, C/groups, KH, KW]`,
    );
  }
  if (!Number.isInteger(groups) || groups < 1 || weight[0] % groups !== 0) {
    throw new ShapeError(
      `conv2d: groups is ${groups}, expected a whole number that divides the ${weight[0]} output channels ${weightFacts}`,
    );
  }
  if (x[1] !== weight[1] * groups) {
    throw new ShapeError(
      `conv2d: input has ${x[1]} channels, weight expects ${weight[1] * groups} ${weightFacts}`,
    );
  }
  if (bias && (bias.length !== 1 || bias[0] !== weight[0])) {
    throw new ShapeError(
      `conv2d: bias has shape ${formatShape(bias)}, expected [${weight[0]}], one a filter ${weightFacts}`,
    );
  }
  const [height, width] = [0, 1].map((i) => {
    const padded = x[2 + i] + 2 * padding[i];
    const reach = dilation[i] * (weight[2 + i] - 1) + 1;
    if (padded < reach) {
      const axis = ['height', 'width'][i];
      throw new ShapeError(
        `conv2d: kernel covers ${reach} pixels of ${axis}, the padded input has ${padded}; add padding ${weightFacts}`,
      );
    }
    return Math.floor((padded - reach) / stride[i]) + 1;
  });
  return [x[0], weight[0], height, width];
}

/** Σ_n (Σ_hw g)² of each channel. */
function biasSquares(k: Kernels, grad: Tensor): Tensor {
  const sums = k.reduce('sum', grad, [2, 3]);
  return k.reduce('sum', k.elementwise('x * x', { x: sums }), [0]);
}

/** Options with everything filled in. */
interface Attrs extends Geometry, Activated {}
type Args = readonly [x: Tensor, weight: Tensor, options?: Conv2dOptions];

/** A call on an image and a kernel of these shapes; with a bias where it has one. */
function conv(
  title: string,
  x: Shape,
  weight: Shape,
  options: Omit<SpecOf<Conv2dOptions>, 'bias'> & { readonly biased?: boolean } = {},
) {
  const { biased = false, ...rest } = options;
  const bias = biased ? { bias: randn([weight[0]]) } : {};
  return sample<Args>(title, randn(x), randn(weight), { ...rest, ...bias });
}

/**
 * Cross-correlation of images with a kernel, as PyTorch's F.conv2d.
 * @param x [N, C, H, W]
 * @param weight [O, C/groups, KH, KW]
 * @returns [N, O, OH, OW] with OH = ⌊(H + 2 padding − dilation (KH − 1) − 1) / stride⌋ + 1
 * @throws ShapeError if shapes or options do not fit together
 */
export const conv2d = defineOp({
  name: 'conv2d',
  takes: {
    x: floats,
    weight: floats,
    options: optional(
      options({
        bias: optional(floats),
        stride: optional(aPair),
        padding: optional(aPair),
        dilation: optional(aPair),
        groups: optional(aNumber),
        activation: optional(oneOf('relu')),
      }),
    ),
  },
  parse: (...[x, weight, options = {}]: Args) => {
    const { bias, stride = 1, padding = 0, dilation = 1, groups = 1, activation } = options;
    const attrs: Attrs = {
      stride: pair('conv2d', 'stride', stride, 1),
      padding: pair('conv2d', 'padding', padding, 0),
      dilation: pair('conv2d', 'dilation', dilation, 1),
      groups,
      activation,
    };
    return { inputs: [x, weight, bias] as const, attrs };
  },
  shape: ({ inputs: [x, weight, bias], attrs }) => {
    return outputShape(x.shape, weight.shape, bias?.shape, attrs);
  },
  forward: convolve,
  backward: (k, { grad, inputs: [x, weight], attrs, needs }) => [
    needs[0] ? inputGradient(k, [grad, weight], attrs, x.shape) : undefined,
    needs[1] ? weightGradient(k, [grad, x], attrs, weight.shape, false) : undefined,
    needs[2] ? k.reduce('sum', grad, [0, 2, 3]) : undefined,
  ],
  perSample: (k, { grad, inputs: [x, weight], attrs, needs }) => [
    undefined,
    needs[1] ? weightGradient(k, [grad, x], attrs, weight.shape, true) : undefined,
    needs[2] ? biasSquares(k, grad) : undefined,
  ],
  factors: (k, { grad, inputs: [x, weight], attrs, needs, range }) => {
    const [, outputs, ...plane] = grad.shape;
    const split = [range[1] - range[0], attrs.groups, outputs / attrs.groups, plane[0] * plane[1]];
    const output = samplesOf(k, grad, range).alias(split);
    return [
      undefined,
      needs[1] ? { output, input: patches(k, x, range, attrs, weight.shape, grad.shape) } : undefined,
      needs[2] ? { output } : undefined,
    ];
  },
  samples: () => [
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
  ],
});
