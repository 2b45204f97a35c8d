import { LINE } from '../images';
import type { Single } from '../pair';
import { randn, type Sample, sample } from '../sample';
import { type ConvArgs, defineConv } from './define';

/**
 * Cross-correlation of lines with a kernel, as PyTorch's F.conv1d.
 * @example
 * ```ts
 * const weight = gpu.tensor([[[1, 1]]]);
 * ops.conv1d(gpu.tensor([[[1, 2, 3]]]), weight); // → [[[3, 5]]]
 * ```
 * @param x [N, C, L], or [C, L] for one line
 * @param weight [O, C/groups, K]
 * @returns [N, O, OL] with OL = ⌊(L + 2 padding − dilation (K − 1) − 1) / stride⌋ + 1; [O, OL] of one line
 * @throws ShapeError if shapes or options do not fit together
 */
export const conv1d = defineConv('conv1d', LINE, (): Sample<ConvArgs<Single>>[] => [
  sample<ConvArgs<Single>>('a kernel with bias', randn([2, 3, 9]), randn([4, 3, 3]), {
    bias: randn([4]),
    stride: 2,
    padding: 1,
  }),
  sample<ConvArgs<Single>>('two groups, the same size', randn([3, 4, 8]), randn([6, 2, 4]), {
    padding: 'same',
    dilation: 2,
    groups: 2,
  }),
]);
