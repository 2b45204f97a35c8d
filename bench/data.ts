/** Reproducible noise, uniform over [−1, 1): the same for a seed, whoever asks. Mixing steps as in Steele & Vigna's SplitMix. */
export function noise(size: number, seed: number): Float32Array<ArrayBuffer> {
  const data = new Float32Array(size);
  let state = Math.imul(seed + 1, 0x9e3779b9);
  for (let i = 0; i < size; i++) {
    state = (state + 0x9e3779b9) | 0;
    let bits = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
    data[i] = (bits ^ (bits >>> 15)) / 2 ** 31;
  }
  return data;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Rearranges a dense array so that axis i of the result is axis `axes[i]` of the source. */
export function permute(
  source: ArrayLike<number>,
  shape: readonly number[],
  axes: readonly number[],
): Float32Array<ArrayBuffer> {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const lengths = axes.map((axis) => shape[axis]);
  const steps = axes.map((axis) => strides[axis]);
  const last = axes.length - 1;
  const out = new Float32Array(source.length);
  const position = axes.map(() => 0);
  let from = 0;
  for (let to = 0; to < out.length; ) {
    for (let i = 0; i < lengths[last]; i++) out[to++] = source[from + i * steps[last]];
    for (let axis = last - 1; axis >= 0; axis--) {
      from += steps[axis];
      position[axis] += 1;
      if (position[axis] < lengths[axis]) break;
      from -= steps[axis] * lengths[axis];
      position[axis] = 0;
    }
  }
  return out;
}

export const permutedShape = (shape: readonly number[], axes: readonly number[]): number[] =>
  axes.map((axis) => shape[axis]);

/** Largest difference as a share of the largest value; infinite where sizes differ, something is no number, or all is 0. */
export function largestDifference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  if (ours.length !== theirs.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < ours.length; i++) {
    difference = Math.max(difference, Math.abs(ours[i] - theirs[i])); // keeps a NaN
    largest = Math.max(largest, Math.abs(theirs[i]));
  }
  const share = difference / largest;
  return Number.isNaN(share) ? Number.POSITIVE_INFINITY : share;
}
