import type { Shape } from '../../tensor/shape';
import { PLANE } from '../images';
import type { Pair } from '../pair';
import { randn, type Sample, type SpecOf, sample } from '../sample';
import { type Conv2dOptions, type ConvArgs, defineConv } from './define';

type Args = ConvArgs<number | Pair>;

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
 * Cross-correlation of images with a kernel, as PyTorch's F.conv2d. How sums are rounded depends on sizes and adapter: a
 * batch and one image of it by itself may differ by a millionth of the largest value.
 * @param x [N, C, H, W], or [C, H, W] for one image
 * @param weight [O, C/groups, KH, KW]
 * @returns [N, O, OH, OW] with OH = ⌊(H + 2 padding − dilation (KH − 1) − 1) / stride⌋ + 1; [O, OH, OW] of one image
 * @throws ShapeError if shapes or options do not fit together
 * @example
 * ```ts
 * const x = gpu.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 1, 3, 3]);
 * ops.conv2d(x, gpu.ones([1, 1, 2, 2])); // → [[[[12, 16], [24, 28]]]]
 * ```
 */
export const conv2d = defineConv('conv2d', PLANE, (): Sample<Args>[] => [
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
