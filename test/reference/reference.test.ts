import { expect, test } from 'vitest';
import { add, clamp, div, erf, maximum, pow, where } from './elementwise';
import { perSampleSquares } from './fisher';
import { numericGradient } from './gradient';
import { embedding, gather, oneHot } from './indexing';
import { linear, matmul } from './matmul';
import { argmax, logSumExp, max, mean, sum } from './reduce';
import { broadcastShapes, type Ref, ref, scalar } from './ref';
import { concat, flatten, pad, permute, reshape, slice } from './shape';

const upTo = (...shape: number[]): Ref => {
  const count = shape.reduce((a, b) => a * b, 1);
  return ref(
    shape,
    Array.from({ length: count }, (_, i) => i),
  );
};

test('ref › a count that does not fit the shape is refused', () => {
  expect(() => ref([2, 3], [1, 2, 3])).toThrow('shape [2,3] holds 6 numbers, but 3 were given');
});

test('broadcastShapes › aligns at the last axis and refuses unequal lengths', () => {
  expect(broadcastShapes([2, 1, 4], [3, 1], [])).toEqual([2, 3, 4]);
  expect(() => broadcastShapes([2, 3], [2])).toThrow('do not broadcast');
});

test('binary operations › broadcast a column against a row', () => {
  const column = ref([2, 1], [1, 4]);
  const row = ref([2], [2, 3]);
  expect(add(column, row)).toEqual(ref([2, 2], [3, 4, 6, 7]));
  expect(div(column, row)).toEqual(ref([2, 2], [1 / 2, 1 / 3, 2, 4 / 3]));
  expect(pow(column, row)).toEqual(ref([2, 2], [1, 1, 16, 64]));
  expect(maximum(column, row)).toEqual(ref([2, 2], [2, 3, 4, 4]));
});

test('where and clamp › choose and cut as PyTorch does', () => {
  expect(where(ref([2], [0, 1]), scalar(5), ref([2, 1], [6, 7]))).toEqual(ref([2, 2], [6, 5, 7, 5]));
  expect(clamp(ref([3], [-2, 0, 9]), -1, 4)).toEqual(ref([3], [-1, 0, 4]));
});

test('erf › gives the tabulated values', () => {
  expect(erf(0.5)).toBeCloseTo(0.5204998778130465, 15);
  expect(erf(-2)).toBeCloseTo(-0.9953222650189527, 15);
  expect(erf(3.5)).toBeCloseTo(0.9999992569016276, 14);
  expect([erf(0), erf(40), erf(-40)]).toEqual([0, 1, -1]);
});

test('reductions › remove or keep the axes asked for', () => {
  const x = upTo(2, 3, 2);
  expect(sum(x)).toEqual(scalar(66));
  expect(sum(x, [0, -1])).toEqual(ref([3], [14, 22, 30]));
  expect(mean(x, 1, true)).toEqual(ref([2, 1, 2], [2, 3, 8, 9]));
  expect(max(x, 2)).toEqual(ref([2, 3], [1, 3, 5, 7, 9, 11]));
  expect(argmax(ref([2, 3], [1, 7, 7, 9, 2, 3]), 1)).toEqual(ref([2], [1, 0]));
});

test('logSumExp › survives numbers whose exponential overflows', () => {
  expect(logSumExp(ref([2], [1000, 1000])).data[0]).toBeCloseTo(1000 + Math.LN2, 10);
  expect(logSumExp(ref([2], [-Infinity, -Infinity]))).toEqual(scalar(-Infinity));
});

test('reshape, flatten and permute › keep every number', () => {
  expect(reshape(upTo(2, 6), [3, -1]).shape).toEqual([3, 4]);
  expect(flatten(upTo(2, 3, 4), 1)).toEqual(ref([2, 12], upTo(24).data));
  expect(permute(upTo(2, 3), [1, 0])).toEqual(ref([3, 2], [0, 3, 1, 4, 2, 5]));
  expect(permute(upTo(2, 1, 3), [2, 0, 1])).toEqual(ref([3, 2, 1], [0, 3, 1, 4, 2, 5]));
});

test('concat, slice and pad › move numbers along the axis asked for', () => {
  expect(concat([upTo(2, 1), ref([2, 2], [5, 6, 7, 8])], 1)).toEqual(ref([2, 3], [0, 5, 6, 1, 7, 8]));
  expect(slice(upTo(2, 5), 1, 1, 5, 2)).toEqual(ref([2, 2], [1, 3, 6, 8]));
  expect(slice(upTo(4), 0, -3, -1)).toEqual(ref([2], [1, 2]));
  expect(pad(upTo(1, 2), [1, 0, 0, 1], 9)).toEqual(ref([2, 3], [9, 0, 1, 9, 9, 9]));
});

test('matmul › transposes either side and broadcasts the batch', () => {
  const a = ref([2, 3], [1, 2, 3, 4, 5, 6]);
  const b = ref([2, 3, 1], [1, 0, -1, 2, 2, 2]);
  expect(matmul(a, b)).toEqual(ref([2, 2, 1], [-2, -2, 12, 30]));
  expect(matmul(a, a, { transposeB: true })).toEqual(ref([2, 2], [14, 32, 32, 77]));
  expect(matmul(a, a, { transposeA: true })).toEqual(ref([3, 3], [17, 22, 27, 22, 29, 36, 27, 36, 45]));
  expect(linear(ref([1, 3], [1, 1, 2]), a, ref([2], [1, -1]))).toEqual(ref([1, 2], [10, 20]));
});

test('embedding, gather and oneHot › pick by index', () => {
  expect(embedding(ref([1, 2], [2, 0]), upTo(3, 2))).toEqual(ref([1, 2, 2], [4, 5, 0, 1]));
  expect(gather(upTo(2, 3), 1, ref([2, 2], [2, 0, 1, 1]))).toEqual(ref([2, 2], [2, 0, 4, 4]));
  expect(gather(upTo(2, 3), 0, ref([1, 3], [1, 0, 1]))).toEqual(ref([1, 3], [3, 1, 5]));
  expect(oneHot(ref([2], [1, 0]), 3)).toEqual(ref([2, 3], [0, 1, 0, 1, 0, 0]));
});

test('numericGradient › differentiates a product and leaves its inputs alone', () => {
  const inputs = [ref([2], [2, 3]), ref([2], [5, 7])];
  const product = ([a, b]: Ref[]) => ref([2], [a.data[0] * b.data[0], a.data[1] * b.data[1]]);
  const found = numericGradient(product, inputs, 0, ref([2], [1, -2]));
  expect(found.data[0]).toBeCloseTo(5, 8);
  expect(found.data[1]).toBeCloseTo(-14, 8);
  expect(inputs).toEqual([ref([2], [2, 3]), ref([2], [5, 7])]);
});

test('perSampleSquares › squares before it sums over samples', () => {
  const [found] = perSampleSquares(([w], n) => w.data[0] * [3, -4][n], [scalar(1)], 2);
  expect(found.data[0]).toBeCloseTo(25, 6);
});
