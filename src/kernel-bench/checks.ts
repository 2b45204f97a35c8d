import { bytesOf, type ScalarType } from '../../runtime/wgsl/layout';
import { type HostArray, isFloat, valuesOf } from './array';

/** How many elements of an array have something about them, and the first of them. */
export interface Occurrences {
  /** How many. */
  readonly count: number;
  /** -1 where there is none. */
  readonly first: number;
}

/** Facts about the numbers of a buffer. */
export interface Summary {
  /** The smallest finite number. */
  readonly min: number;
  /** The largest finite number. */
  readonly max: number;
  /** The mean of the finite numbers. */
  readonly mean: number;
  /** Numbers that are NaN. */
  readonly nan: Occurrences;
  /** Numbers that are infinite. */
  readonly infinite: Occurrences;
}

/** Range and mean of the finite numbers, and where others are. min and max of none are NaN. */
export function summarise(array: HostArray): Summary {
  const values = valuesOf(array);
  let [min, max, sum, finite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    finite++;
  }
  const none = finite === 0 ? Number.NaN : undefined;
  return {
    min: none ?? min,
    max: none ?? max,
    mean: none ?? sum / finite,
    nan: find(values, (value) => Number.isNaN(value)),
    infinite: find(values, (value) => Math.abs(value) === Number.POSITIVE_INFINITY),
  };
}

/** Elements of two byte strings that differ in a bit. */
export function differing(
  type: ScalarType,
  a: Uint8Array<ArrayBuffer>,
  b: Uint8Array<ArrayBuffer>,
): Occurrences {
  const [x, y] = [wordsOf(type, a), wordsOf(type, b)];
  return find(x, (value, i) => value !== y[i]);
}

/** Words that no longer hold the poison they were filled with. */
export function overwritten(words: Uint32Array, poison: number): Occurrences {
  return find(words, (word) => word !== poison);
}

export interface Comparison extends Occurrences {
  /** Largest |a − b| / max(1, |b|); infinite where only one is NaN. */
  readonly worst: number;
  readonly worstAt: number;
}

/** Compares with what was expected: |a − b| ≤ tolerance · max(1, |b|); NaN agrees with NaN. */
export function compareValues(array: HostArray, expected: HostArray, tolerance: number): Comparison {
  const [a, b] = [valuesOf(array), valuesOf(expected)];
  let [worst, worstAt] = [0, -1];
  const error = (i: number) => {
    if (Object.is(a[i], b[i]) || a[i] === b[i]) return 0;
    const difference = Math.abs(a[i] - b[i]) / Math.max(1, Math.abs(b[i]));
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  };
  const found = find(a, (_, i) => {
    const size = error(i);
    if (size > worst) [worst, worstAt] = [size, i];
    return size > tolerance;
  });
  return { ...found, worst, worstAt };
}

/** Whether an input already holds what a check would blame the kernel for. */
export const hasNonFinite = (array: HostArray): boolean =>
  isFloat(array.type) && valuesOf(array).some((value) => !Number.isFinite(value));

function wordsOf(type: ScalarType, bytes: Uint8Array<ArrayBuffer>): Uint16Array | Uint32Array {
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const Words = bytesOf(type) === 2 ? Uint16Array : Uint32Array;
  return new Words(buffer, byteOffset, byteLength / bytesOf(type));
}

function find<T extends Float32Array | Int32Array | Uint32Array | Uint16Array>(
  values: T,
  is: (value: number, i: number) => boolean,
): Occurrences {
  let [count, first] = [0, -1];
  for (let i = 0; i < values.length; i++) {
    if (!is(values[i], i)) continue;
    if (count === 0) first = i;
    count++;
  }
  return { count, first };
}
