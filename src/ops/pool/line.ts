import { LINE } from '../images';
import type { Single } from '../pair';
import { distinct, randn, sample } from '../sample';
import { type AdaptiveAvgArgs, defineAdaptiveAvgPool } from './adaptive-avg';
import { type AdaptiveMaxArgs, defineAdaptiveMaxPool } from './adaptive-max';
import { type AvgArgs, defineAvgPool } from './avg';
import { defineMaxPool, type MaxArgs } from './max';

/**
 * Largest value of each window of lines, [N, C, L] or [C, L] f32; see `maxPool2d`.
 * @example
 * ```ts
 * ops.maxPool1d(gpu.tensor([[[1, 4, 2, 3]]]), 2); // → [[[4, 3]]]
 * ```
 * @throws ShapeError
 */
export const maxPool1d = defineMaxPool('maxPool1d', LINE, () => [
  sample<MaxArgs<Single>>('overlapping padded windows', distinct([2, 3, 9]), 3, { stride: 2, padding: 1 }),
]);

/**
 * Mean of each window of lines, [N, C, L] or [C, L] f32; see `avgPool2d`.
 * @example
 * ```ts
 * ops.avgPool1d(gpu.tensor([[[1, 4, 2, 4]]]), 2); // → [[[2.5, 3]]]
 * ```
 * @throws ShapeError
 */
export const avgPool1d = defineAvgPool('avgPool1d', LINE, () => [
  sample<AvgArgs<Single>>('padding not counted, a last window over the edge', randn([2, 3, 8]), 3, {
    stride: 2,
    padding: 1,
    ceilMode: true,
    countIncludePad: false,
  }),
]);

/**
 * Largest value of each of `size` windows of lines, [N, C, L] or [C, L] f32; see `adaptiveMaxPool2d`.
 * @example
 * ```ts
 * ops.adaptiveMaxPool1d(gpu.tensor([[[1, 4, 2]]]), 2); // → [[[4, 4]]]
 * ```
 * @throws ShapeError
 */
export const adaptiveMaxPool1d = defineAdaptiveMaxPool('adaptiveMaxPool1d', LINE, () => [
  sample<AdaptiveMaxArgs<Single>>('windows that overlap', distinct([2, 3, 7]), 3),
]);

/**
 * Mean of each of `size` windows of lines, [N, C, L] or [C, L] f32; see `adaptiveAvgPool2d`.
 * @example
 * ```ts
 * ops.adaptiveAvgPool1d(gpu.tensor([[[1, 4, 2]]]), 2); // → [[[2.5, 3]]]
 * ```
 * @throws ShapeError
 */
export const adaptiveAvgPool1d = defineAdaptiveAvgPool('adaptiveAvgPool1d', LINE, () => [
  sample<AdaptiveAvgArgs<Single>>('windows that overlap', randn([2, 3, 7]), 3),
]);
