import { describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import { perSampleSquares } from '../../src/autograd/per-sample';
import * as table from '../../src/ops/table';
import { ShapeError } from '../../src/tensor/shape';
import { Tensor } from '../../src/tensor/tensor';
import { readGolden } from '../golden/read';
import { expectClose } from '../reference/close';
import { useGpu } from '../use-gpu';
import { download, useDevice } from './device';
import { expectGolden } from './golden';

const ops = { ...table };
const device = useDevice();
const held = useGpu();

describe('PyTorch’s result and gradients has', () => {
  for (const golden of readGolden('arrange.json').cases) {
    test(`${golden.op} › ${golden.name}`, async () => {
      let indices: Tensor | undefined;
      await expectGolden(device, golden, (inputs) => {
        const rest = golden.options.args.map((arg) =>
          typeof arg === 'string' && arg.startsWith('@') ? inputs[arg.slice(1)] : arg,
        );
        const result: unknown = Reflect.apply(ops[golden.op], undefined, [inputs.input, ...rest]);
        if (result instanceof Tensor) return result;
        const sorted = result as table.Sorted;
        indices = sorted.indices;
        return sorted.values;
      });
      if (indices) expectClose(await download(indices), golden.outputs.indices, { relative: 0, absolute: 0 });
    });
  }
});

describe('var and std', () => {
  test('keep their digits where the mean is a million times as large', async () => {
    const count = 100_000;
    const x = Float32Array.from({ length: count }, (_, i) => 1e6 + (i % 5) / 2);
    const center = x.reduce((a, b) => a + b, 0) / count;
    const expected = x.reduce((sum, value) => sum + (value - center) ** 2, 0) / (count - 1);
    const [found] = await ops.var(device.gpu.tensor(x, [count])).data();
    expect(Math.abs(found / expected - 1)).toBeLessThan(1e-5);
  });

  test('are 0 of equal numbers that their mean does not hit, and std has the gradient 0 there', async () => {
    const x = device.gpu.tensor(new Float32Array(7).fill(0.1), [7], { requiresGrad: true });
    expect(await ops.var(x).item()).toBeLessThan(1e-16);
    const y = ops.std(x, 0, { correction: 0 });
    expect(await y.item()).toBeLessThan(1e-8);
    const same = device.gpu.tensor([0.5, 0.5], [2], { requiresGrad: true });
    const [dx] = grad(ops.std(same), [same]);
    expect([...(await dx.data())]).toEqual([0, 0]);
  });

  test('are NaN of an infinity, and of one element with a correction of 1', async () => {
    const infinite = device.gpu.tensor([1, Number.POSITIVE_INFINITY], [2]);
    expect(await ops.var(infinite).item()).toBeNaN();
    expect([...(await ops.std(device.gpu.ones([2, 1]), 1).data())]).toEqual([Number.NaN, Number.NaN]);
  });
});

describe('what is scattered', () => {
  test('gives the same bits each time, added up in the order of the index', async () => {
    const count = 3000;
    const index = device.integers(Array.from({ length: count }, (_, i) => (i * 7) % 3));
    const source = device.gpu.randn([count], { seed: 4 });
    const run = async () => [...(await ops.scatterAdd(device.gpu.zeros([3]), 0, index, source).data())];
    const first = await run();
    expect(await run()).toEqual(first);
    const values = await source.data();
    const expected = [0, 0, 0];
    for (let i = 0; i < count; i++) expected[(i * 7) % 3] += values[i];
    for (const [i, value] of first.entries()) expect(value).toBeCloseTo(expected[i], 4);
  });

  test('leaves out an index outside, and gives its source no gradient', async () => {
    const x = device.gpu.zeros([2]);
    const source = device.gpu.tensor([1, 2, 3], [3], { requiresGrad: true });
    const index = device.integers([1, -1, 2]);
    for (const op of [ops.scatter, ops.scatterAdd]) {
      const y = op(x, 0, index, source);
      expect([...(await y.data())]).toEqual([0, 1]);
      const [dsource] = grad(y, [source], device.gpu.tensor([5, 6], [2]));
      expect([...(await dsource.data())]).toEqual([6, 0, 0]);
    }
  });

  test('is the last of several sources, which alone has a gradient', async () => {
    const source = device.gpu.tensor([1, 2, 3], [3], { requiresGrad: true });
    const y = ops.scatter(device.gpu.zeros([2]), 0, device.integers([1, 0, 1]), source);
    expect([...(await y.data())]).toEqual([2, 3]);
    const [dsource] = grad(y, [source], device.gpu.tensor([5, 6], [2]));
    expect([...(await dsource.data())]).toEqual([0, 5, 6]);
  });

  test('is refused where shapes do not fit', () => {
    const x = device.gpu.zeros([2, 3]);
    expect(() => ops.scatter(x, 1, device.integers([0, 0], [2, 1]), device.gpu.zeros([1, 1]))).toThrow(
      'scatter: index [2,1] for source [1,1]; it needs as many axes, and no longer ones',
    );
    expect(() => ops.indexAdd(x, 0, device.integers([0]), device.gpu.zeros([2, 3]))).toThrow(
      'expected index [n] and source [1,3]',
    );
  });
});

describe('whole numbers', () => {
  const x = () => device.integers([1, 2, 3, 4, 5, 6], [2, 3]);
  test.each<[string, () => Tensor, number[]]>([
    ['flip', () => ops.flip(x(), [0, 1]), [6, 5, 4, 3, 2, 1]],
    ['roll', () => ops.roll(x(), 1, 1), [3, 1, 2, 6, 4, 5]],
    ['gather', () => ops.gather(x(), 1, device.integers([2, 3], [2, 1])), [3, 0]],
    ['tril', () => ops.tril(x()), [1, 0, 0, 4, 5, 0]],
    ['expand', () => ops.expand(ops.slice(x(), 0, 0, 1), [2, 3]), [1, 2, 3, 1, 2, 3]],
    ['stack', () => ops.stack([x(), x()], 2), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]],
    ['pad', () => ops.pad(x(), [1, 0], { mode: 'circular' }), [3, 1, 2, 3, 6, 4, 5, 6]],
    ['split', () => ops.split(x(), [1, 2], 1)[1], [2, 3, 5, 6]],
    ['diag', () => ops.diag(x()), [1, 5]],
  ])('stay whole in %s', async (_, call, expected) => {
    const result = call();
    expect(result.dtype).toBe('i32');
    expect([...(await result.data())]).toEqual(expected);
  });
});

test('ops of several kernels are captured and replayed', async () => {
  const { gpu } = held;
  const x = gpu.tensor([3, 1, 2, 5], [4], { requiresGrad: true });
  using step = gpu.capture((shift: Tensor) => {
    const { values, indices } = ops.sort(ops.add(x, shift), 0, true);
    const [top, rest] = ops.split(ops.cumsum(values), [1, 3]);
    const placed = ops.scatterAdd(ops.expand(top, [4]), 0, indices, ops.concat([top, rest]));
    return ops.add(placed, ops.var(ops.pad(values, [1, 1], { mode: 'reflect' })));
  });
  const shift = gpu.tensor([0, 0, 0, 0], [4]);
  const once = [...(await step.replay(shift).data())];
  await step.replay(shift).data();
  await step.replay(shift).data();
  expect(step.isCaptured).toBe(true);
  shift.write([0, 3, 0, 0]);
  const changed = [...(await step.replay(shift).data())];
  // Sorted 5 3 2 1, their sums 5 8 10 11; var of 3 5 3 2 1 2 is 28 / 15.
  const variance = 28 / 15;
  expectClose(
    { shape: [4], data: Float64Array.from(once) },
    { shape: [4], data: Float64Array.of(13, 16, 15, 10).map((value) => value + variance) },
    { relative: 1e-6, absolute: 0 },
  );
  // Sorted 5 4 3 2 of places 3 1 0 2, their sums 5 9 12 14; var of 4 5 4 3 2 3 is 5.5 / 5.
  expectClose(
    { shape: [4], data: Float64Array.from(changed) },
    { shape: [4], data: Float64Array.of(17, 14, 19, 10).map((value) => value + 1.1) },
    { relative: 1e-6, absolute: 0 },
  );
});

test('a parameter that is expanded to every sample has squares per sample', async () => {
  const weight = device.gpu.tensor([1, 2], [1, 2], { requiresGrad: true });
  const g = device.gpu.tensor([1, 2, 3, 4, 5, 6], [3, 2]);
  const squares = perSampleSquares(ops.expand(weight, [3, 2]), g, new Set([weight]));
  expect([...((await squares.get(weight)?.data()) ?? [])]).toEqual([1 + 9 + 25, 4 + 16 + 36]);
});

test.each<[string, () => unknown, string]>([
  ['expand', () => ops.expand(device.gpu.zeros([2]), [3]), 'expand: [2] cannot be repeated to [3]'],
  ['repeat', () => ops.repeat(device.gpu.zeros([2, 2]), [3]), 'repeat: counts [3] are not whole numbers'],
  ['roll', () => ops.roll(device.gpu.zeros([2]), [1, 2], 0), 'roll: shifts [1,2] are not whole numbers'],
  [
    'tril',
    () => ops.tril(device.gpu.zeros([2])),
    'tril: x is f32[2], expected matrices on the last two axes',
  ],
  ['split', () => ops.split(device.gpu.zeros([4]), [1, 2]), 'split: sizes [1,2] add up to 3, expected 4'],
  ['stack', () => ops.stack([device.gpu.zeros([2]), device.gpu.zeros([3])]), 'stack: parts[1] is [3]'],
  [
    'pad',
    () => ops.pad(device.gpu.zeros([3]), [3, 0], { mode: 'reflect' }),
    "pad: a border of 3 along axis 0 of [3] reaches too far; mode 'reflect' has elements for 2",
  ],
  ['pad', () => ops.pad(device.gpu.zeros([3]), [-2, -2]), 'pad: [-2,-2] cut more from [3] than there is'],
])('%s refuses what does not fit in words', (_, call, message) => {
  expect(call).toThrow(ShapeError);
  expect(call).toThrow(message);
});
