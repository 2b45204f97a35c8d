import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import { perSampleSquares } from '../../src/autograd/per-sample';
import { diagonal } from '../../src/fisher/diagonal';
import { frechetDistance, logDetDistance } from '../../src/fisher/distance';
import { normalize } from '../../src/fisher/normalize';
import { BatchNorm2d, Linear } from '../../src/nn/layers';
import { openGpu } from '../../src/node';
import * as ops from '../../src/ops/table';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';
import { orInfinity } from './precision';

/** Relative error to f64 that sums of terms of one sign keep to, whatever their number. */
const LIMIT = 1e-6;

type Values = Float32Array<ArrayBuffer>;
type Numbers = ArrayLike<number>;

const TENTH = Math.fround(0.1);
const tenths = (count: number): Values => new Float32Array(count).fill(TENTH);

/** Between a half and one: terms of one sign, and of a size. */
function some(count: number, seed: number): Values {
  const random = new Random(seed);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = 0.5 + random.uniform() / 2;
  return values;
}

function expectExact(found: Numbers, expected: Numbers): void {
  expect(found.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    worst = Math.max(worst, orInfinity(Math.abs(found[i] / expected[i] - 1)));
  }
  expect(worst).toBeLessThan(LIMIT);
}

/** Σ over i of term(i), in f64. */
function total(count: number, term: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += term(i);
  return sum;
}

describe.each(['auto', 'swiftshader'] as const)(
  'on the adapter %s a sum of terms of one sign is exact to 1e-6',
  (adapter) => {
    let gpu: Gpu;
    beforeAll(async () => {
      gpu = await openGpu({ adapter });
    });
    afterAll(() => gpu.dispose());

    const ofSize = (values: Values, shape: readonly number[], requiresGrad = false): Tensor =>
      gpu.tensor(values, shape, { requiresGrad });

    /** With each way to do it in turn; all of them add up alike, and some take a minute for a million terms. */
    async function everyWay(work: () => Promise<void>): Promise<void> {
      let count = 1;
      for (let turn = 0; turn < count; turn++) count = await gpu.variants.attempt(turn, work);
    }

    test.each([
      ['10^7 tenths', tenths(1e7)],
      ['a prime number of tenths', tenths(9_999_991)],
      ['10^7 numbers', some(1e7, 1)],
    ])('sum and mean of %s', async (_, values) => {
      const x = ofSize(values, [values.length]);
      const expected = total(values.length, (i) => values[i]);
      expectExact(await ops.sum(x).data(), [expected]);
      expectExact(await ops.mean(x).data(), [expected / values.length]);
      x.dispose();
    });

    test.each([
      ['infinity', [Number.POSITIVE_INFINITY], Number.POSITIVE_INFINITY],
      ['-infinity and 1e38', [Number.NEGATIVE_INFINITY, 1e38], Number.NEGATIVE_INFINITY],
      ['3e38 twice', [3e38, 3e38], Number.POSITIVE_INFINITY],
      ['both infinities', [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], Number.NaN],
      ['NaN', [Number.NaN], Number.NaN],
    ])('%s among tenths makes the sum what PyTorch says', async (_, numbers, expected) => {
      const values = tenths(100_000);
      numbers.forEach((value, i) => {
        values[1000 + 30_000 * i] = value;
      });
      const flat = ops.sum(ofSize(values, [values.length]));
      expect(await flat.data()).toEqual(Float32Array.of(expected));
      const twice = ops.sum(ops.sum(ofSize(values, [25_000, 4]), 0));
      expect(await twice.data()).toEqual(Float32Array.of(expected));
    });

    test.each([
      ['the first of two axes', [200_003, 3], [0]],
      ['the second of two axes', [3, 200_003], [1]],
      ['two axes apart', [1501, 2, 403], [0, 2]],
      ['many results', [2000, 1000], [1]],
    ])('sum over %s', async (_, shape, axes) => {
      const size = shape.reduce((product, length) => product * length, 1);
      const found = await ops.sum(ofSize(tenths(size), shape), axes).data();
      expectExact(
        found,
        Array.from(found, () => (size / found.length) * TENTH),
      );
    });

    test.each([500, 501])(
      'sum and largest of each of %i columns, beyond what caches hold',
      async (columns) => {
        const rows = 2101;
        const values = some(rows * columns, 4);
        const x = ofSize(values, [rows, columns]);
        const all = Array.from({ length: columns }, (_, c) => c);
        expectExact(
          await ops.sum(x, 0).data(),
          all.map((c) => total(rows, (r) => values[r * columns + c])),
        );
        const largest = all.map((c) => {
          let most = 0;
          for (let at = c; at < values.length; at += columns) most = Math.max(most, values[at]);
          return most;
        });
        expect([...(await ops.max(x, 0).data())]).toEqual(largest);
        x.dispose();
      },
    );

    test.each([
      ['10^7 steps', 1, 1e7, 1],
      ['25,000 steps', 2, 25_000, 5],
      ['a prime number of steps', 2, 25_013, 5],
      ['2048 steps', 2, 2048, 5],
      ['512 steps', 2, 512, 5],
    ])('matmul over %s', async (_, m, k, n) => {
      const x = some(k, 2);
      const a = new Float32Array(m * k);
      for (let row = 0; row < m; row++) a.set(x, row * k);
      const expected = total(k, (i) => x[i] * TENTH);
      const results = new Array<number>(m * n).fill(expected);
      const b = ofSize(tenths(k * n), [k, n]);
      for (const transposeA of k > 1e6 ? [false] : [false, true]) {
        const left = transposeA ? Float32Array.from({ length: m * k }, (_, i) => x[Math.floor(i / m)]) : a;
        const given = ofSize(left, transposeA ? [k, m] : [m, k]);
        const multiply = async () => expectExact(await ops.matmul(given, b, { transposeA }).data(), results);
        if (k > 1e6) await multiply();
        else await everyWay(multiply);
        given.dispose();
      }
      b.dispose();
    });

    test.each([200_003, 25_013])("linear's weight and bias over %i rows", async (rows) => {
      const x = some(rows, 3);
      const input = ofSize(x, [rows, 1]);
      const weight = ofSize(tenths(2), [2, 1], true);
      const bias = ofSize(tenths(2), [2], true);
      const expected = total(rows, (i) => x[i]);
      const work = async () => {
        const [ofWeight, ofBias] = grad(ops.sum(ops.linear(input, weight, bias)), [weight, bias]);
        expectExact(await ofWeight.data(), [expected, expected]);
        expectExact(await ofBias.data(), [rows, rows]);
      };
      if (rows > 1e5) await work();
      else await everyWay(work);
    });

    test.each([
      ['one large image', [1, 1, 499, 500], 3, {}],
      ['one long row', [1, 1, 1, 250_000], 1, {}],
      ['many images', [1000, 1, 16, 16], 3, {}],
      ['odd images', [200, 2, 35, 37], 3, {}],
      ['a stride', [50, 2, 64, 64], 3, { stride: 2 }],
      ['many channels', [16, 16, 32, 32], 3, {}],
      ['channels apart', [50, 4, 64, 64], 3, { groups: 4 }],
      ['single pixels', [25, 8, 64, 64], 1, {}],
    ] as const)("conv2d's weight over %s", async (_, shape, kernel, options) => {
      const [batch, channels, height, width] = shape;
      const { groups = 1, stride = 1 } = options as { groups?: number; stride?: number };
      const size = batch * channels * height * width;
      const x = ofSize(tenths(size), shape);
      const weight = ofSize(
        tenths((channels * channels * kernel * kernel) / groups),
        [channels, channels / groups, kernel, kernel],
        true,
      );
      const positions =
        batch * (Math.floor((height - kernel) / stride) + 1) * (Math.floor((width - kernel) / stride) + 1);
      await everyWay(async () => {
        const y = ops.conv2d(x, weight, options);
        const [found] = grad(ops.sum(y), [weight]);
        expectExact(await found.data(), new Array<number>(weight.size).fill(positions * TENTH));
      });
      x.dispose();
    });

    test.each([
      ['many channels', [1, 4000, 4, 4], [5, 4000, 3, 3], {}],
      ['single pixels of many channels', [1, 3000, 2, 2], [5, 3000, 1, 1], {}],
      ['a long kernel', [1, 1, 1, 25_000], [2, 1, 1, 24_998], {}],
      ['a large kernel', [1, 1, 200, 200], [1, 1, 199, 197], {}],
      ['a stride over many channels', [1, 600, 9, 9], [5, 600, 3, 3], { stride: 2 }],
    ] as const)('conv2d over %s', async (_, shape, kernel, options) => {
      const [xSize, wSize] = [shape, kernel].map((lengths) =>
        lengths.reduce((product: number, length) => product * length, 1),
      );
      const x = ofSize(tenths(xSize), shape);
      const weight = ofSize(tenths(wSize), kernel);
      const terms = wSize / kernel[0];
      await everyWay(async () => {
        const found = await ops.conv2d(x, weight, options).data();
        expectExact(
          found,
          Array.from(found, () => terms * TENTH * TENTH),
        );
      });
      x.dispose();
      weight.dispose();
    });

    test("conv2d's input gradient over many channels", async () => {
      const [x, weight] = [ofSize(tenths(16), [1, 1, 4, 4], true), ofSize(tenths(36_000), [4000, 1, 3, 3])];
      await everyWay(async () => {
        const [found] = grad(ops.sum(ops.conv2d(x, weight)), [x]);
        const reached = [1, 2, 2, 1];
        const expected = Array.from(
          { length: 16 },
          (_, i) => reached[i % 4] * reached[Math.floor(i / 4)] * 4000 * TENTH,
        );
        expectExact(await found.data(), expected);
      });
    });

    test('squares of samples’ gradients of linear and conv2d', async () => {
      const samples = 5000;
      const weight = ofSize(tenths(2), [2, 1], true);
      const x = some(samples, 4);
      const y = ops.linear(ofSize(x, [samples, 1]), weight);
      const squares = perSampleSquares(y, gpu.ones(y.shape), new Set([weight])).get(weight);
      const expected = total(samples, (n) => x[n] ** 2);
      expectExact((await squares?.data()) ?? [], [expected, expected]);
      const kernel = ofSize(tenths(9), [1, 1, 3, 3], true);
      for (const [batch, side] of [
        [samples, 4],
        [3, 202],
      ]) {
        const images = ofSize(tenths(batch * side * side), [batch, 1, side, side]);
        await everyWay(async () => {
          const z = ops.conv2d(images, kernel);
          const found = perSampleSquares(z, gpu.ones(z.shape), new Set([kernel])).get(kernel);
          const square = ((side - 2) ** 2 * TENTH) ** 2;
          expectExact((await found?.data()) ?? [], new Array<number>(9).fill(batch * square));
        });
      }
    });

    test.each([
      ['many samples', [100_000, 2, 4, 2]],
      ['fewer samples', [25_000, 2, 4, 2]],
      ['one long image', [1, 2, 1, 1_000_003]],
      ['large images', [2, 2, 512, 700]],
    ])('mean, variance and gradients of batch norm over %s', async (_, shape) => {
      const [batch, channels, ...plane] = shape;
      const count = batch * plane[0] * plane[1];
      const one = some(count, 5);
      const area = plane[0] * plane[1];
      const values = new Float32Array(count * channels);
      for (let n = 0; n < batch; n++)
        for (let c = 0; c < channels; c++)
          values.set(one.subarray(n * area, (n + 1) * area), (n * channels + c) * area);
      const norm = new BatchNorm2d(gpu, channels, { momentum: 1 });
      const mean = total(count, (i) => one[i]) / count;
      const variance = total(count, (i) => (one[i] - mean) ** 2) / (count - 1);
      const x = ofSize(values, shape);
      await everyWay(async () => {
        const y = norm.forward(x);
        const [ofBias] = grad(ops.sum(ops.mul(y, TENTH)), [norm.parameters().get('bias') as Tensor]);
        const { running_mean, running_var } = Object.fromEntries(norm.stateDict());
        expectExact(await running_mean.data(), [mean, mean]);
        expectExact(await running_var.data(), [variance, variance]);
        expectExact(await ofBias.data(), [count * TENTH, count * TENTH]);
      });
    });

    test('crossEntropy over 250,007 classes, and over as many samples', async () => {
      const classes = 250_007;
      const wide = ops.crossEntropy(
        ofSize(tenths(classes), [1, classes]),
        gpu.tensor([7], [1], { dtype: 'i32' }),
      );
      expectExact(await wide.data(), [Math.log(classes)]);
      const rows = 250_007;
      const labels = gpu.tensor(new Int32Array(rows), [rows], { dtype: 'i32' });
      const x = some(2 * rows, 6);
      const logits = ofSize(x, [rows, 2], true);
      const expected = total(rows, (n) => Math.log1p(Math.exp(x[2 * n + 1] - x[2 * n])));
      for (const reduction of ['mean', 'sum'] as const)
        expectExact(await ops.crossEntropy(logits, labels, { reduction }).data(), [
          reduction === 'mean' ? expected / rows : expected,
        ]);
    });

    test('logSumExp and softmax over a million terms', async () => {
      const count = 1_000_003;
      const x = ofSize(tenths(count), [count], true);
      expectExact(await ops.logSumExp(x, 0).data(), [TENTH + Math.log(count)]);
      const y = ops.softmax(x, 0);
      expectExact(await ops.slice(y, 0, 0, 1).data(), [1 / count]);
      const logarithm = ops.logSoftmax(x, 0);
      const [slopes] = grad(logarithm, [x], gpu.full([count], TENTH));
      // g − e^y Σ g = 0.1 − 0.1
      expect(Math.max(...(await ops.slice(slopes, 0, 0, 100).data()).map(Math.abs))).toBeLessThan(
        LIMIT * TENTH,
      );
    });

    test('lookups of one row, and what is gathered from one place', async () => {
      const count = 100_003;
      const weight = ofSize(tenths(6), [2, 3], true);
      const zeros = gpu.tensor(new Int32Array(count), [count], { dtype: 'i32' });
      const [ofWeight] = grad(ops.embedding(zeros, weight), [weight], gpu.full([count, 3], TENTH));
      expectExact((await ofWeight.data()).subarray(0, 3), new Array<number>(3).fill(count * TENTH));
      const x = ofSize(tenths(2), [2], true);
      const [ofX] = grad(ops.gather(x, 0, zeros), [x], gpu.full([count], TENTH));
      expectExact((await ofX.data()).subarray(0, 1), [count * TENTH]);
    });

    test('what a norm of rows adds up, and its gradients', async () => {
      const count = 100_003;
      const [weight, bias] = [1, 0].map((value) => gpu.full([2], value, { requiresGrad: true }));
      const rows = ofSize(
        Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 ? 1 : -1)),
        [count, 2],
      );
      const y = ops.layerNorm(rows, 2, { weight, bias, eps: 0 });
      const [ofWeight, ofBias] = grad(y, [weight, bias], gpu.full([count, 2], TENTH));
      expectExact(await ofWeight.data(), [-count * TENTH, count * TENTH]);
      expectExact(await ofBias.data(), [count * TENTH, count * TENTH]);
      const long = ops.rmsNorm(ofSize(tenths(count), [1, count]), count, { eps: 0 });
      expectExact((await long.data()).subarray(0, 3), [1, 1, 1]);
    });

    test('attention over many keys, and over many queries', async () => {
      const count = 30_011;
      const v = ofSize(tenths(count * 4), [count, 4], true);
      const y = ops.scaledDotProductAttention(gpu.zeros([1, 4]), gpu.zeros([count, 4]), v);
      expectExact(await y.data(), new Array<number>(4).fill(TENTH));
      const [one, queries] = [ofSize(tenths(4), [1, 4], true), gpu.zeros([count, 4])];
      const all = ops.scaledDotProductAttention(queries, gpu.zeros([1, 4]), one);
      const [ofValue] = grad(all, [one], gpu.full([count, 4], TENTH));
      expectExact(await ofValue.data(), new Array<number>(4).fill(count * TENTH));
    });

    test('the mean over a large window', async () => {
      const x = ofSize(tenths(1e6), [1, 1, 1000, 1000]);
      expectExact(await ops.avgPool2d(x, 1000).data(), [TENTH]);
      expectExact(await ops.globalAvgPool2d(x).data(), [TENTH]);
    });

    test('the sum that normalises a Fisher, and both distances', async () => {
      const count = 1.25e6;
      const [s, t] = [some(count, 7), some(count, 8)];
      const fishers = [s, t].map((values) => normalize(new Map([['w', ofSize(values, [count])]])));
      const [normalS, normalT] = await Promise.all(
        fishers.map(async (F) => (await F.get('w')?.data()) ?? new Float32Array()),
      );
      const sum = total(count, (i) => s[i]);
      expectExact(
        normalS.subarray(0, 1000),
        s.subarray(0, 1000).map((value) => value / sum),
      );
      const frechet = Math.sqrt(
        total(count, (i) => (Math.sqrt(normalS[i]) - Math.sqrt(normalT[i])) ** 2) / 2,
      );
      expectExact([await frechetDistance(fishers[0], fishers[1])], [frechet]);
      const doubled = new Map([['w', ops.mul(fishers[0].get('w') as Tensor, 2)]]);
      expectExact([await logDetDistance(doubled, fishers[0], { epsilon: 2 ** -126 })], [Math.LN2]);
    });

    test('a Fisher over a thousand batches', async () => {
      const net = new Linear(gpu, 1, 2);
      const inputs = ofSize(tenths(1), [1, 1]);
      const labels = gpu.tensor([0], [1], { dtype: 'i32' });
      const one = await diagonal(net, [{ inputs, labels }]);
      const many = await diagonal(net, new Array(1001).fill({ inputs, labels }));
      for (const [name, tensor] of many)
        expectExact(await tensor.data(), (await one.get(name)?.data()) ?? []);
    });
  },
);
