import { aCount, aWholeNumber, kind, optional } from '../tensor/guard';
import { words } from '../tensor/guard-tensor';
import { normalizeAxis, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { composeOp } from './compose';
import { slice } from './reshape';
import { randn, sample } from './sample';

const sizesOrOne = kind('a whole number of at least 0 or an array of them', (value) =>
  [value].flat().every((size) => Number.isInteger(size) && (size as number) >= 0),
);

/** Parts of such lengths along an axis, one after the other. */
function parted(x: Tensor, sizes: readonly number[], axis: number): Tensor[] {
  let start = 0;
  return sizes.map((size) => {
    const part = slice(x, axis, start, start + size);
    start += size;
    return part;
  });
}

/** Lengths of parts of equal length, of which the last may be shorter. */
const equalSizes = (length: number, size: number): number[] =>
  Array.from({ length: Math.max(1, Math.ceil(length / size)) }, (_, i) => Math.min(size, length - i * size));

type SplitArgs = [x: Tensor, sizes: number | readonly number[], axis?: number];

/**
 * x in parts along an axis, as torch.split: of one length (the last part may be shorter), or of lengths that make up the
 * axis. Each is a copy.
 * @param axis default 0
 * @throws ShapeError
 * @example
 * ```ts
 * ops.split(gpu.tensor([1, 2, 3, 4, 5]), [2, 3]); // → [[1, 2], [3, 4, 5]]
 * ```
 */
export const split = composeOp({
  name: 'split',
  takes: { x: words, sizes: sizesOrOne, axis: optional(aWholeNumber) },
  call: (...[x, sizes, axis = 0]: SplitArgs): Tensor[] => {
    const along = normalizeAxis('split', axis, x.shape.length);
    const length = x.shape[along];
    if (typeof sizes === 'number') {
      if (sizes === 0 && length > 0)
        throw new ShapeError(`split: parts of 0 never make up the ${length} of axis ${axis} of ${x}`);
      return parted(x, sizes === 0 ? [0] : equalSizes(length, sizes), along);
    }
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (total !== length)
      throw new ShapeError(
        `split: sizes [${sizes}] add up to ${total}, expected ${length}, the length of axis ${axis} of ${x}`,
      );
    return parted(x, sizes, along);
  },
  samples: () => [
    sample<SplitArgs>('parts of one length', randn([5, 2]), 2),
    sample<SplitArgs>('given lengths', randn([2, 6]), [1, 3, 2], -1),
  ],
});

type ChunkArgs = [x: Tensor, chunks: number, axis?: number];

/**
 * x in at most so many parts of equal length along an axis, as torch.chunk; the last may be shorter. Each is a copy.
 * @param axis default 0
 * @throws ShapeError
 * @example
 * ```ts
 * ops.chunk(gpu.tensor([1, 2, 3, 4, 5]), 2); // → [[1, 2, 3], [4, 5]]
 * ```
 */
export const chunk = composeOp({
  name: 'chunk',
  takes: { x: words, chunks: aCount, axis: optional(aWholeNumber) },
  call: (...[x, chunks, axis = 0]: ChunkArgs): Tensor[] => {
    const along = normalizeAxis('chunk', axis, x.shape.length);
    const length = x.shape[along];
    if (chunks === 0) throw new ShapeError(`chunk: chunks is 0, expected at least 1 for ${x}`);
    if (length === 0) return parted(x, new Array<number>(chunks).fill(0), along);
    return parted(x, equalSizes(length, Math.ceil(length / chunks)), along);
  },
  samples: () => [sample<ChunkArgs>('a shorter last part', randn([2, 7]), 3, 1)],
});
