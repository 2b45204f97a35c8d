import { at, build, positiveAxis, type Ref } from './ref';

/** Sums of the first 1, 2, 3, … elements along an axis. */
export function cumsum(x: Ref, axis = -1): Ref {
  const along = positiveAxis(axis, x.shape.length);
  return build(x.shape, (index) => {
    let sum = 0;
    for (let i = 0; i <= index[along]; i++) sum += at(x, index.with(along, i));
    return sum;
  });
}

/** NaN is above all numbers, and −0 is 0. */
const order = (a: number, b: number): number =>
  Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : a - b;

/** Places of the elements along an axis in their order; equal ones keep theirs. */
export function argsort(x: Ref, axis = -1, descending = false): Ref {
  const along = positiveAxis(axis, x.shape.length);
  const lines = new Map<string, number[]>();
  return build(x.shape, (index) => {
    const key = index.with(along, 0).join();
    const valueAt = (i: number) => at(x, index.with(along, i));
    const sorted =
      lines.get(key) ??
      Array.from({ length: x.shape[along] }, (_, i) => i).sort((a, b) =>
        descending ? order(valueAt(b), valueAt(a)) : order(valueAt(a), valueAt(b)),
      );
    lines.set(key, sorted);
    return sorted[index[along]];
  });
}

/** Values in order, and their places. */
export function sort(x: Ref, axis = -1, descending = false): Ref[] {
  const along = positiveAxis(axis, x.shape.length);
  const places = argsort(x, along, descending);
  return [build(x.shape, (index) => at(x, index.with(along, at(places, index)))), places];
}

/** The first k of what is sorted. */
export function topk(x: Ref, k: number, axis = -1, largest = true): Ref[] {
  const along = positiveAxis(axis, x.shape.length);
  return sort(x, along, largest).map((whole) => build(x.shape.with(along, k), (index) => at(whole, index)));
}
