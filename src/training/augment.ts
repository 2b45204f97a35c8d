import type { Varying } from '../../runtime/varying';
import { randomCrop, randomFlip } from '../ops/augment';
import { aFlag, aNumber, aVarying, checkAll, numbers, optional, options } from '../tensor/guard';
import { singles } from '../tensor/guard-tensor';
import type { Tensor } from '../tensor/tensor';

/** How training images are changed, anew in every step. */
export interface Augmentation {
  /** Pixels that an image is moved by at most, in each direction; 0 leaves it where it is. */
  readonly crop: number;
  /** What then comes in from outside, a value for each of at most four channels; default 0, the mean pixel. */
  readonly fill?: readonly number[];
  /** Mirrors half of the images left to right. */
  readonly flip: boolean;
}

/**
 * Normalised images of a step, moved and mirrored. Draws are counted by
 * the step, so that a resumed run sees the same images.
 * @param images [N, C, H, W] f32
 * @param at `seed` of the run, and `step` counted over all epochs
 * @throws ShapeError if crop is not a whole number of at least 0, or fill has not a value a channel
 * @example
 * ```ts
 * const images = gpu.randn([8, 3, 32, 32]);
 * const moved = training.augmented(images, { crop: 4, flip: true }, { seed: 0, step: 12 });
 * moved.shape; // → [8, 3, 32, 32]
 * ```
 */
export function augmented(
  images: Tensor,
  augmentation: Augmentation,
  at: { readonly seed: number; readonly step: Varying },
): Tensor {
  checkAll('augmented', {
    images: [images, singles],
    augmentation: [augmentation, options({ crop: aNumber, fill: optional(numbers), flip: aFlag })],
    at: [at, options({ seed: aNumber, step: aVarying })],
  });
  const { crop, fill, flip } = augmentation;
  const { seed, step } = at;
  const key = { seed, offset: step };
  const moved = crop === 0 ? images : randomCrop(images, { padding: crop, fill, ...key });
  return flip ? randomFlip(moved, key) : moved;
}
