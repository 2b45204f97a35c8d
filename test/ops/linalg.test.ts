import { describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import { cholesky, logDet, solveTriangular } from '../../src/ops/linalg';
import { matmul } from '../../src/ops/matmul/matmul';
import { positiveDefinite } from '../../src/ops/sample';
import { Random } from '../../src/tensor/random';
import type { Shape } from '../../src/tensor/shape';
import { expectClose } from '../reference/close';
import * as linalg from '../reference/linalg';
import { type Ref, ref } from '../reference/ref';
import { download, useDevice } from './device';

const device = useDevice();
const CLOSE = { relative: 2e-5, absolute: 2e-5 };
const spd = (shape: Shape): Ref => ref(shape, positiveDefinite(shape).values(new Random(4)));
const normal = (shape: Shape): Ref => {
  const random = new Random(6);
  const size = shape.reduce((product, length) => product * length, 1);
  return ref(
    shape,
    Array.from({ length: size }, () => Math.fround(random.normal())),
  );
};

describe('cholesky', () => {
  test.each([
    [31, 1],
    [32, 2],
    [64, 1],
    [65, 3],
    [100, 2],
    [200, 1],
  ])('%i rows, %i matrices: the factor matches the f64 reference', async (n, batch) => {
    const a = spd([batch, n, n]);
    expectClose(await download(cholesky(device.upload(a))), linalg.cholesky(a), CLOSE);
  });

  test('a matrix that is not positive definite is NaN from its failing pivot on, and alone', async () => {
    const n = 70;
    const a = spd([3, n, n]);
    const expected = linalg.cholesky(a);
    const failing = 40;
    a.data[n * n + failing * (n + 1)] = -1;
    const found = await download(cholesky(device.upload(a)));
    for (const z of [0, 2]) {
      const part = (from: Ref) => ref([n, n], from.data.slice(z * n * n, (z + 1) * n * n));
      expectClose(part(found), part(expected), CLOSE);
    }
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const value = found.data[n * n + i * n + j];
        if (j > i) expect(value).toBe(0);
        else expect(Number.isNaN(value), `${i}, ${j}`).toBe(j >= failing);
      }
    }
  });

  test.each([[0], [-1], [Number.NaN]])('a 1 × 1 matrix of %d is NaN', async (value) => {
    expect(await cholesky(device.upload(ref([1, 1], [value]))).item()).toBeNaN();
    expect(await logDet(device.upload(ref([1, 1], [value]))).item()).toBeNaN();
  });

  test('reads both triangles alike, and its gradient is symmetric', async () => {
    const a = spd([37, 37]);
    const skewed = ref(a.shape, a.data);
    for (let i = 0; i < 37; i++) {
      for (let j = 0; j < i; j++) {
        skewed.data[i * 37 + j] += 0.25;
        skewed.data[j * 37 + i] -= 0.25;
      }
    }
    const leaf = device.upload(skewed, true);
    const l = cholesky(leaf);
    expectClose(await download(l), linalg.cholesky(a), CLOSE);
    const [slope] = grad(l, [leaf], device.upload(normal([37, 37])));
    const { data } = await download(slope);
    for (let i = 0; i < 37; i++) for (let j = 0; j < i; j++) expect(data[i * 37 + j]).toBe(data[j * 37 + i]);
    expect(Math.max(...data.map(Math.abs))).toBeGreaterThan(0.1);
  });

  test('frees all but its result', async () => {
    const a = device.upload(spd([2, 40, 40]));
    const before = device.gpu.memory().tensors;
    const l = cholesky(a);
    expect(device.gpu.memory().tensors).toBe(before + 1);
    l.dispose();
  });
});

describe('logDet', () => {
  test('its gradient is the inverse, for several blocks', async () => {
    const n = 80;
    const a = spd([2, n, n]);
    const leaf = device.upload(a, true);
    const [inverse] = grad(logDet(leaf), [leaf], device.upload(ref([2], [1, 1])));
    const product = await download(matmul(leaf, inverse));
    const identity = Array.from({ length: 2 * n * n }, (_, i) => ((i % (n * n)) % (n + 1) === 0 ? 1 : 0));
    expectClose(product, ref([2, n, n], identity), CLOSE);
  });

  test('is NaN for an indefinite matrix, though its determinant is positive, and for it alone', async () => {
    const values = await logDet(device.upload(ref([2, 2, 2], [-1, 0, 0, -2, 3, 0, 0, 4]))).data();
    expect(values[0]).toBeNaN();
    expect(values[1]).toBeCloseTo(Math.log(12), 5);
  });
});

describe('solveTriangular', () => {
  test.each([
    [64, 3],
    [100, 65],
    [97, 1],
  ])('%i rows, %i right-hand sides: matches the f64 reference in all four readings', async (n, m) => {
    const [a, b] = [spd([n, n]), normal([n, m])];
    for (const options of [{}, { upper: true }, { transpose: true }, { upper: true, transpose: true }]) {
      const found = solveTriangular(device.upload(a), device.upload(b), options);
      expectClose(await download(found), linalg.solveTriangular(a, b, options), CLOSE);
    }
  });

  test('what is not read may be NaN', async () => {
    const a = ref([2, 2], [Number.NaN, Number.NaN, 3, Number.NaN]);
    const options = { unitTriangular: true };
    const found = solveTriangular(device.upload(a), device.upload(ref([2, 1], [1, 5])), options);
    expect([...(await found.data())]).toEqual([1, 2]);
  });

  test('a zero on the diagonal is not turned into a number', async () => {
    const a = ref([2, 2], [0, 0, 1, 1]);
    const found = await solveTriangular(device.upload(a), device.upload(ref([2, 1], [1, 1]))).data();
    expect(found.every(Number.isFinite)).toBe(false);
  });
});

describe('matrices that do not fit', () => {
  const square = (op: string, shape: string) =>
    `${op}: the matrix is f32${shape}, expected f32 [..., n, n] with n of at least 1; give square matrices on the last two axes`;

  test.each([cholesky, logDet])('$record.name › a matrix that is not square throws', (op) => {
    const { name } = op.record;
    expect(() => op(device.gpu.ones([2, 3]))).toThrow(square(name, '[2,3]'));
    expect(() => op(device.gpu.ones([4]))).toThrow(square(name, '[4]'));
    expect(() => op(device.gpu.ones([2, 0, 0]))).toThrow(square(name, '[2,0,0]'));
    expect(() => op(device.integers([1], [1, 1]))).toThrow(`${name}: A must be f32, got i32[1,1]`);
  });

  test('solveTriangular › shapes that do not fit throw', () => {
    const solving = (a: Shape, b: Shape) => () => solveTriangular(device.gpu.ones(a), device.gpu.ones(b));
    expect(solving([2, 3], [2, 1])).toThrow(square('solveTriangular', '[2,3]'));
    expect(solving([3, 3], [2, 1])).toThrow(
      'solveTriangular: right-hand sides are f32[2,1], expected f32 [..., 3, m] with m of at least 1 for a matrix [3,3]',
    );
    expect(solving([3, 3], [3])).toThrow(/right-hand sides are f32\[3\], expected f32 \[..., 3, m\]/);
    expect(solving([3, 3], [3, 0])).toThrow(/m of at least 1/);
    expect(solving([2, 3, 3], [4, 3, 1])).toThrow(/solveTriangular: shapes \[2\] and \[4\] do not broadcast/);
  });
});

test('a NaN in a matrix stays in its log-determinant', async () => {
  const a = spd([3, 33, 33]);
  a.data[33 * 33 + 40] = Number.NaN;
  const [first, second, third] = await logDet(device.upload(a)).data();
  expect(second).toBeNaN();
  expect([first, third].every(Number.isFinite)).toBe(true);
});
