import { expect } from 'vitest';
import type { Ref } from './ref';

export interface Tolerance {
  relative: number;
  absolute: number;
}

/** Same shape, and |actual − expected| ≤ absolute + relative · |expected| everywhere; NaN is never close. */
export function expectClose(
  actual: { readonly shape: readonly number[]; readonly data: ArrayLike<number> },
  expected: Ref,
  { relative, absolute }: Tolerance,
): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.data.length).toBe(expected.data.length);
  expected.data.forEach((wanted, i) => {
    const found = actual.data[i];
    const close = found === wanted || Math.abs(found - wanted) <= absolute + relative * Math.abs(wanted);
    if (!close) expect.fail(`entry ${i} of [${expected.shape}] is ${found}, expected ${wanted}`);
  });
}
