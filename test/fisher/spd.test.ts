import { describe, expect, test } from 'vitest';
import { FisherError } from '../../src/fisher/errors';
import { checkJitter, spdLogDet } from '../../src/fisher/spd';
import { Random } from '../../src/tensor/random';
import { logDet } from '../reference/linalg';
import { type Ref, ref } from '../reference/ref';
import { useGpu } from '../use-gpu';

const device = useGpu();
const upload = ({ shape, data }: Ref) => device.gpu.tensor(Float32Array.from(data), shape);

/** I + K / δ [1, n, n] with K of a rank and a largest eigenvalue of about 1, so that 1/δ is the condition. */
function dampedGram(n: number, rank: number, delta: number): Ref {
  const random = new Random(3, n);
  const rows = Array.from({ length: n }, () =>
    Float64Array.from({ length: rank }, (_, j) => random.normal() / Math.sqrt(n * (j + 1))),
  );
  const values = rows.flatMap((a, i) =>
    rows.map((b, j) => a.reduce((sum, x, s) => sum + (x * b[s]) / delta, i === j ? 1 : 0)),
  );
  return ref([1, n, n], values);
}

const diagonal = (...values: number[]): Ref =>
  ref(
    [1, values.length, values.length],
    values.flatMap((value, i) => values.map((_, j) => (i === j ? value : 0))),
  );

describe('spdLogDet', () => {
  // Three times the largest errors that the docstring tells of.
  test.each([
    [32, 1e-2, 2e-5],
    [128, 1e-2, 2e-5],
    [512, 1e-2, 2e-5],
    [64, 1e-4, 2e-3],
    [256, 1e-4, 2e-3],
    [512, 1e-4, 2e-3],
    [512, 1e-5, 0.03],
    [512, 1e-6, 0.3],
  ])('a matrix of %i rows damped by %d is within %d of f64', async (n, delta, tolerance) => {
    const matrix = dampedGram(n, n / 8, delta);
    const [{ value, jitter, residual }] = await spdLogDet('test', upload(matrix));
    expect(Math.abs(value - logDet(matrix).data[0])).toBeLessThanOrEqual(tolerance);
    expect(jitter).toBe(0);
    expect(residual).toBeGreaterThan(0);
    expect(residual).toBeLessThan(1e-6);
  });

  test('huge and tiny matrices of one batch do not overflow f32', async () => {
    const [big, small] = [1e30, 1e-30].map((scale) => diagonal(2 * scale, 3 * scale));
    const both = ref([2, 2, 2], [...big.data, ...small.data]);
    const found = await spdLogDet('test', upload(both));
    expect(found[0].value).toBeCloseTo(Math.log(6) + 60 * Math.LN10, 4);
    expect(found[1].value).toBeCloseTo(Math.log(6) - 60 * Math.LN10, 4);
  });

  test('a singular matrix gets jitter, which is reported, and its neighbour in the batch gets none', async () => {
    const matrices = ref([2, 2, 2], [1, 1, 1, 1, 4, 0, 0, 9]);
    const [singular, sound] = await spdLogDet('test', upload(matrices));
    expect(singular.jitter).toBeGreaterThanOrEqual(1e-6);
    expect(singular.jitter).toBeLessThanOrEqual(1e-3);
    expect(singular.value).toBeCloseTo(Math.log((1 + singular.jitter) ** 2 - 1), 1);
    expect(sound.jitter).toBe(0);
    expect(sound.value).toBeCloseTo(Math.log(36), 5);
  });

  test('jitter is told in the units of the matrix: 1024 times as much of one 1024 times as large', async () => {
    const matrices = ref([2, 2, 2], [1, 1, 1, 1, 1024, 1024, 1024, 1024]);
    const [one, large] = await spdLogDet('test', upload(matrices));
    expect(one.jitter).toBeGreaterThan(0);
    expect(large.jitter).toBe(1024 * one.jitter);
  });

  test('an indefinite matrix throws with its number in the batch', async () => {
    const matrices = ref([2, 2, 2], [1, 0, 0, 1, 1, 2, 2, 1]);
    const found = spdLogDet('gramLogDet', upload(matrices));
    await expect(found).rejects.toThrow(FisherError);
    await expect(found).rejects.toThrow(
      'gramLogDet: matrix 1 (2 × 2) is not positive definite in f32, not even with jitter of 0.001 of its mean diagonal; raise the damping',
    );
  });

  test.each([[Number.NaN], [Number.POSITIVE_INFINITY], [-3]])('a diagonal with %d throws', async (value) => {
    const found = spdLogDet('test', upload(diagonal(1, value)));
    await expect(found).rejects.toThrow(/matrix 0 \(2 × 2\) has a mean diagonal of/);
  });

  test('NaN off the diagonal throws', async () => {
    const found = spdLogDet('test', upload(ref([1, 2, 2], [1, Number.NaN, Number.NaN, 1])));
    await expect(found).rejects.toThrow(FisherError);
  });

  test('leaves the matrix as it is, and nothing else behind', async () => {
    const matrix = upload(ref([1, 2, 2], [1, 1, 1, 1]));
    const before = device.gpu.memory().tensors;
    await spdLogDet('test', matrix);
    expect(device.gpu.memory().tensors).toBe(before);
    expect([...(await matrix.data())]).toEqual([1, 1, 1, 1]);
  });
});

test('checkJitter › a jitter that shows next to the damping throws, saying how far to raise it', () => {
  const facts = { size: 7, value: 1, residual: 1e-7, jitter: 0.2 };
  expect(() => checkJitter('gramLogDet', facts, 20)).not.toThrow();
  expect(() => checkJitter('gramLogDet', facts, 0.1)).toThrow(
    'gramLogDet: f32 cannot tell the damping from rounding next to the largest eigenvalues of a matrix of 7 × 7; raise the damping 3 times or more',
  );
});

test('checkJitter › a jitter of a fiftieth of the least eigenvalue throws, of a hundredth not', () => {
  const facts = { size: 7, value: 1, residual: 1e-7 };
  expect(() => checkJitter('test', { ...facts, jitter: 0.02 }, 1)).toThrow(FisherError);
  expect(() => checkJitter('test', { ...facts, jitter: 0.01 }, 1)).not.toThrow();
});

test('checkJitter › next to a small jitter too it says to raise the damping, not to leave it', () => {
  const facts = { size: 7, value: 1, residual: 1e-7, jitter: 0.02 };
  expect(() => checkJitter('test', facts, 1)).toThrow('raise the damping 2 times or more');
});
