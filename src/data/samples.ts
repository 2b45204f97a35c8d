import { checkAll, numbers } from '../tensor/guard';
import { sizeOf } from '../tensor/shape';
import { DataError } from './errors';
import { aHostSet } from './guard';
import type { ClassLabels, Pictures } from './images';

/** Samples of one shape, as numbers: measurements, signals, spectra, pictures that are no bytes. */
export interface Samples {
  /** For messages, such as `spectra`. */
  readonly name: string;
  /** [N, ...shape], row-major. */
  readonly inputs: Float32Array;
  /** Of one sample, as in [16] or [2, 128]. */
  readonly shape: readonly number[];
}

/** Labelled samples of one shape. */
export interface SampleSet extends Samples, ClassLabels {}

/** What a network's outputs should be, where that is numbers and no class. */
export interface Targets {
  /** [N, ...targetShape], row-major. */
  readonly targets: Float32Array;
  /** Of one target, as in [1] for the outputs [N, 1] of `new nn.Linear(gpu, …, 1)`. */
  readonly targetShape: readonly number[];
}

/** Samples in the program's memory, with labels, with targets, or with neither. */
export type HostSet = (Pictures | Samples) & Partial<ClassLabels> & Partial<Targets>;

/** Number of samples. */
export const countOf = (set: Pictures | Samples): number =>
  ('images' in set ? set.images : set.inputs).length / sizeOf(set.shape);

/**
 * The samples at `indices`, in that order, copied, with their labels or targets. An index may come twice.
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: Float32Array.of(7, 8, 9), labels: [0, 1, 1], shape: [1] });
 * data.subset(set, [2, 0]).inputs; // → [9, 7]
 * ```
 * @throws DataError `DATA_INDEX` when an index is not in the set
 */
export function subset<S extends HostSet>(set: S, indices: ArrayLike<number>): S {
  checkAll('subset', { set: [set, aHostSet], indices: [indices, numbers] });
  checkIndices(set, indices);
  const { labels, targets, targetShape = [] } = set;
  const size = sizeOf(set.shape);
  const count = indices.length;
  return {
    ...set,
    ...('images' in set && { images: rows(set.images, new Uint8Array(count * size), indices) }),
    ...('inputs' in set && { inputs: rows(set.inputs, new Float32Array(count * size), indices) }),
    ...(labels instanceof Uint8Array && { labels: rows(labels, new Uint8Array(count), indices) }),
    ...(labels instanceof Int32Array && { labels: rows(labels, new Int32Array(count), indices) }),
    ...(targets && { targets: rows(targets, new Float32Array(count * sizeOf(targetShape)), indices) }),
  };
}

/** @throws DataError `DATA_INDEX` when an index is not in the set */
export function checkIndices(set: Pictures | Samples, indices: ArrayLike<number>): void {
  const count = countOf(set);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i];
    if (Number.isInteger(from) && from >= 0 && from < count) continue;
    throw new DataError('DATA_INDEX', {
      file: set.name,
      expected: `indices from 0 to ${count - 1}`,
      found: `${from} at position ${i}`,
    });
  }
}

/** Copies rows of `from` into an array of as many rows as there are indices. */
export function rows<A extends Uint8Array | Int32Array | Float32Array>(
  from: A,
  into: A,
  indices: ArrayLike<number>,
): A {
  const size = into.length / Math.max(1, indices.length);
  for (let i = 0; i < indices.length; i++) {
    into.set(from.subarray(indices[i] * size, (indices[i] + 1) * size), i * size);
  }
  return into;
}
