import { describe, expect, test } from 'vitest';
import { perSampleSquares } from '../../src/autograd/per-sample';
import { multiply } from '../../src/ops/matmul/product';
import { MATMUL_VARIANTS, type MatmulVariant } from '../../src/ops/matmul/ways';
import * as ops from '../../src/ops/table';
import { Random } from '../../src/tensor/random';
import type { Shape } from '../../src/tensor/shape';
import { expectClose } from '../reference/close';
import { matmul as reference } from '../reference/matmul';
import { type Ref, ref } from '../reference/ref';
import { useGpu } from '../use-gpu';

const device = useGpu();
const CLOSE = { relative: 2e-5, absolute: 2e-5 };

function data(shape: Shape, stream: number): Ref {
  const random = new Random(5, stream);
  const count = shape.reduce((product, length) => product * length, 1);
  return ref(
    [...shape],
    Array.from({ length: count }, () => Math.fround(random.normal())),
  );
}

const upload = ({ shape, data }: Ref) => device.gpu.tensor(Float32Array.from(data), shape);

/** Sizes on, below and above the tiles of both kernels, and widths that vec4 can and cannot read. */
const SIZES = [
  [1, 1, 1],
  [8, 8, 8],
  [16, 24, 12],
  [13, 20, 8],
  [9, 36, 10],
  [64, 64, 16],
  [65, 70, 33],
  [3, 130, 20],
] as const;

/** Tiles of other sizes are the same source; each form of it takes software adapters seconds to compile. */
const sizesOf = (variant: MatmulVariant) =>
  ['shared32', 'shared128', 'quads'].includes(variant) ? SIZES.slice(4, 6) : SIZES;

describe.each(MATMUL_VARIANTS)('matmul, the %s kernel', (variant) => {
  for (const [m, n, k] of sizesOf(variant)) {
    for (const [transposeA, transposeB] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ]) {
      const how = `${transposeA ? 'Aᵀ' : 'A'} · ${transposeB ? 'Bᵀ' : 'B'}`;
      test(`${how} of ${m} × ${k} × ${n} matches the f64 reference`, async () => {
        const a = data(transposeA ? [k, m] : [m, k], 1);
        const b = data(transposeB ? [n, k] : [k, n], 2);
        const result = multiply(upload(a), upload(b), { transposeA, transposeB, variant });
        const expected = reference(a, b, { transposeA, transposeB });
        expectClose(ref([...result.shape], await result.data()), expected, CLOSE);
      });
    }
  }

  test('adds the bias to every row', async () => {
    const [a, b, bias] = [data([5, 8], 1), data([8, 10], 2), data([10], 3)];
    const result = multiply(upload(a), upload(b), { bias: upload(bias), variant });
    const product = reference(a, b, {});
    const expected = ref(
      product.shape,
      Array.from(product.data, (value, i) => value + bias.data[i % 10]),
    );
    expectClose(ref([5, 10], await result.data()), expected, CLOSE);
  });

  test('squares both operands first where that is asked', async () => {
    const square = ({ shape, data }: Ref) =>
      ref(
        shape,
        Array.from(data, (value) => value * value),
      );
    for (const rows of [9, 12]) {
      const [a, b] = [data([8, rows], 1), data([8, 12], 2)];
      const result = multiply(upload(a), upload(b), { transposeA: true, squared: true, variant });
      const expected = reference(square(a), square(b), { transposeA: true });
      expectClose(ref([rows, 12], await result.data()), expected, CLOSE);
    }
  });

  test('adds the bias and takes no less than zero where the columns are few, too', async () => {
    const [a, b, bias] = [data([2, 40, 12], 1), data([10, 12], 2), data([10], 3)];
    const how = { transposeB: true, bias: upload(bias), relu: true, variant };
    const result = multiply(upload(a), upload(b), how);
    const product = reference(a, b, { transposeB: true });
    const expected = ref(
      product.shape,
      Array.from(product.data, (value, i) => Math.max(value + bias.data[i % 10], 0)),
    );
    expectClose(ref([2, 40, 10], await result.data()), expected, CLOSE);
  });

  test('is the bias where there is nothing to add up, whatever the memory held', async () => {
    const { gpu } = device;
    const used = Array.from({ length: 8 }, () => gpu.full([64], 7)); // of the result's size class
    for (const tensor of used) await tensor.data();
    for (const tensor of used) tensor.dispose();
    const bias = upload(data([4], 3));
    const result = multiply(gpu.zeros([3, 0]), gpu.zeros([0, 4]), { bias, variant });
    expect([...(await result.data())]).toEqual(
      Array(3)
        .fill([...(await bias.data())])
        .flat(),
    );
  });

  test('adds up no more than k steps, where the last of them are infinite', async () => {
    const [a, b] = [data([3, 5], 1), data([5, 8], 2)];
    a.data[4] = Number.POSITIVE_INFINITY; // row 0
    b.data[4 * 8 + 6] = Number.NEGATIVE_INFINITY; // column 6
    const found = ref([3, 8], await multiply(upload(a), upload(b), { variant }).data());
    const expected = reference(a, b, {});
    for (const [i, value] of expected.data.entries()) {
      if (Number.isFinite(value)) expect(found.data[i]).toBeCloseTo(value, 4);
      else expect(found.data[i]).toBe(value);
    }
  });

  test('takes a batch, with one operand the same for all of it', async () => {
    const [a, b] = [data([3, 5, 4], 1), data([4, 8], 2)];
    const result = multiply(upload(a), upload(b), { variant });
    expectClose(ref([3, 5, 8], await result.data()), reference(a, b, {}), CLOSE);
  });
});

test.each([
  [false, true],
  [true, false],
])(
  'matmul › a long k in parts is the whole product, bias and squares included',
  async (transposeA, squared) => {
    const square = ({ shape, data }: Ref) =>
      ref(
        shape,
        Array.from(data, (value) => value * value),
      );
    const k = 3 * 128 + 3 * 4;
    const [a, b, bias] = [data(transposeA ? [k, 5] : [5, k], 1), data([k, 9], 2), data([9], 3)];
    const operands = [upload(a), upload(b), upload(bias)] as const;
    const { recorder } = device.gpu.runtime;
    const before = recorder.dispatches;
    const [x, y, shift] = operands;
    const result = multiply(x, y, { transposeA, squared, bias: shift, variant: 'split' });
    // The parts, their sum, the bias.
    expect(recorder.dispatches - before).toBeGreaterThanOrEqual(3);
    const product = reference(squared ? square(a) : a, squared ? square(b) : b, { transposeA });
    const expected = ref(
      product.shape,
      Array.from(product.data, (value, i) => value + bias.data[i % 9]),
    );
    expectClose(ref([5, 9], await result.data()), expected, { relative: 1e-4, absolute: 1e-3 });
  },
);

test.each([
  ['whole tiles', [80, 2048, 600], false],
  ['one row more than whole tiles', [65, 2052, 516], false],
  ['fewer columns than rows, so that the operands are exchanged', [2048, 65, 516], true],
  ['steps of k across both, of a length that is no multiple of four', [128, 192, 514], true],
  ['more rows of strips than a texture is high', [64, 1088, 512], false],
  ['of which the last is no whole one', [96, 224, 512], true],
] as const)('matmul › rows far apart: %s', async (_, [m, n, k], transposeA) => {
  const [a, b, bias] = [data(transposeA ? [k, m] : [m, k], 1), data([k, n], 2), data([n], 3)];
  const product = new Float64Array(m * n); // too large for the reference, which asks for each factor by its indices
  for (let i = 0; i < m; i++) {
    for (let step = 0; step < k; step++) {
      const factor = a.data[transposeA ? step * m + i : i * k + step];
      for (let j = 0; j < n; j++) product[i * n + j] += factor * b.data[step * n + j];
    }
  }
  const expected = product.map((value, i) => Math.max(value + bias.data[i % n], 0));
  const operands = [upload(a), upload(b)] as const;
  for (const variant of ['lanes', 'texels'] as const) {
    const result = multiply(...operands, { transposeA, bias: upload(bias), relu: true, variant });
    const limits = { relative: 1e-4, absolute: 1e-4 };
    expectClose(ref([m, n], await result.data()), ref([m, n], expected), limits);
  }
});

test('matmul › inner lengths that differ are named with both shapes', () => {
  const [a, b] = [device.gpu.zeros([2, 3]), device.gpu.zeros([4, 5])];
  expect(() => ops.matmul(a, b)).toThrow('matmul: inner lengths differ, 3 in [2,3] against 4 in [4,5]');
});

test('matmul › a single number is refused with what to do', () => {
  expect(() => ops.matmul(device.gpu.zeros([3]), device.gpu.zeros([]))).toThrow(
    'needs at least 1 axis each, got [1,3] and []; multiply by a number with ops.mul',
  );
});

test('linear › one row without a batch has no gradients of single samples', () => {
  const weight = device.gpu.zeros([2, 3], { requiresGrad: true });
  const output = ops.linear(device.gpu.zeros([3]), weight);
  const squares = () => perSampleSquares(output, device.gpu.ones([2]), new Set([weight]));
  expect(squares).toThrow('linear: gradients of single samples need an axis of samples, got the input [3]');
});

test('linear › a weight of another width is named with its shape', () => {
  const call = () => ops.linear(device.gpu.zeros([2, 3]), device.gpu.zeros([5, 4]));
  expect(call).toThrow(
    'linear: input [2,3] has 3 features, weight expects 4 (weight shape [5,4], [out, in])',
  );
});
