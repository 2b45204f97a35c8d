import { describe, expect, test } from 'vitest';
import { backward, grad } from '../../src/autograd/backward';
import { cast } from '../../src/ops/cast';
import { concat } from '../../src/ops/concat';
import { conv2d } from '../../src/ops/conv2d/conv2d';
import type { Op } from '../../src/ops/define';
import { interpolate } from '../../src/ops/interpolate';
import { linear } from '../../src/ops/matmul/linear';
import { matmul } from '../../src/ops/matmul/matmul';
import { groupNorm, layerNorm } from '../../src/ops/norms';
import { sum } from '../../src/ops/reduction';
import { permute } from '../../src/ops/reshape';
import { fillSpecs } from '../../src/ops/sample';
import { Random } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';
import { expectClose } from '../reference/close';
import { type Ref, ref } from '../reference/ref';
import { openPoorer } from '../runtime/poorer';
import { download, useDevice } from './device';
import { references } from './references';

const device = useDevice();
const CLOSE = { relative: 1e-4, absolute: 1e-4 };

const hasHalf = () => device.gpu.runtime.device.features.has('shader-f16');
const WITHOUT = 'the adapter lacks shader-f16';

/** Numbers that f16 holds exactly. */
const onGrid = (values: ArrayLike<number>): Float32Array<ArrayBuffer> =>
  Float32Array.from(values, (value) => Math.round(value * 64) / 64);

for (const op of [conv2d, matmul, linear, layerNorm, groupNorm, interpolate] as unknown as Op<never>[]) {
  for (const [i, { title, args }] of op.record.samples().entries()) {
    const { name } = op.record;
    test(`${name} of f16 tensors › ${title}: gives the f64 result in f32, and its gradients`, async ({
      skip,
    }) => {
      skip(!hasHalf(), WITHOUT);
      const { gpu } = device;
      const refs: Ref[] = [];
      const filled = fillSpecs(args, (spec) => {
        refs.push(ref([...spec.shape], [...onGrid(spec.values(new Random(7, refs.length)))]));
        return refs[refs.length - 1];
      });
      const expected = references[name](...(filled as never[]));
      const found: Ref[] = [];
      const call = (stored: (x: Tensor) => Tensor, leaves = refs.map((one) => device.upload(one, true))) => {
        let next = 0;
        return { leaves, result: op(...(fillSpecs(args, () => stored(leaves[next++])) as never)) };
      };
      // One kernel for each sample, all of them in turn.
      const ways = await gpu.variants.attempt(0, () => gpu.warmUp(() => void call((x) => x)));
      await gpu.variants.attempt(i % ways, async () => {
        const run = async (stored: (x: Tensor) => Tensor) => {
          const { leaves, result } = call(stored);
          expect(result.dtype).toBe('f32');
          found.push(await download(result));
          const start = gpu.tensor(onGrid(await gpu.randn(result.shape, { seed: 3 }).data()), result.shape);
          for (const tensor of grad(result, leaves, start)) found.push(await download(tensor));
        };
        await run((x) => cast(x, 'f16'));
        await run((x) => x);
      });
      expectClose(found[0], expected, CLOSE);
      const half = found.length / 2;
      for (let i = 0; i < half; i++) expectClose(found[i], found[half + i], CLOSE);
    });
  }
}

describe('a cast', () => {
  test('to f16 rounds to the nearest, keeps what is too large as infinity, and NaN', async ({ skip }) => {
    skip(!hasHalf(), WITHOUT);
    const { gpu } = device;
    const values = [1, -2.5, 1 / 3, 2049, 65504, 1e6, -1e6, 2 ** -24, 0, Number.NaN, 0.1];
    const stored = cast(gpu.tensor(values, [11]), 'f16');
    expect(stored.dtype).toBe('f16');
    const got = [...(await stored.data())];
    const [third, tenth] = [0.333251953125, 0.0999755859375];
    expect(got.slice(0, 3)).toEqual([1, -2.5, third]);
    expect([2048, 2050]).toContain(got[3]);
    expect(got[4]).toBe(65504);
    expect(got[10]).toBe(tenth);
    expect(got[9]).toBeNaN();
    // WGSL leaves open whether numbers too large become infinite, and whether the smallest are kept.
    for (const i of [5, 6]) expect(Math.abs(got[i])).toBeGreaterThanOrEqual(65504);
    expect([0, 2 ** -24]).toContain(got[7]);
  });

  test('takes half the memory, in a chain of elementwise results too', async ({ skip }) => {
    skip(!hasHalf(), WITHOUT);
    const { gpu } = device;
    const x = gpu.tensor([0.1, 0.2, 0.3], [3]);
    expect(cast(gpu.zeros([1 << 20]), 'f16').buffer.size).toBe(2 << 20);
    const rounded = gpu.kernels.elementwise('h - x', { h: cast(x, 'f16'), x });
    const expected = [0.0999755859375 - 0.1, 0.199951171875 - 0.2, 0.300048828125 - 0.3];
    for (const [i, value] of (await rounded.data()).entries()) expect(value).toBeCloseTo(expected[i], 7);
  });

  test('tensors of f16 are made, filled, written, broadcast, added up, copied', async ({ skip }) => {
    skip(!hasHalf(), WITHOUT);
    const { gpu } = device;
    const h = gpu.tensor([1, 2, 3, 4, 5, 6], [2, 3], { dtype: 'f16' });
    expect([...(await h.data())]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...(await sum(h, [0]).data())]).toEqual([5, 7, 9]);
    expect([...(await permute(h, [1, 0]).data())]).toEqual([1, 4, 2, 5, 3, 6]);
    expect([...(await concat([cast(h, 'f32'), cast(h, 'f32')], 0).data())]).toHaveLength(12);
    const column = gpu.full([2, 1], 0.5, { dtype: 'f16' });
    expect([...(await gpu.kernels.elementwise('a * b', { a: h, b: column }).data())]).toEqual([
      0.5, 1, 1.5, 2, 2.5, 3,
    ]);
    h.write([6, 5, 4, 3, 2, 1]);
    expect([...(await cast(h, 'i32').data())]).toEqual([6, 5, 4, 3, 2, 1]);
  });

  test('hands the gradient on in f32', async ({ skip }) => {
    skip(!hasHalf(), WITHOUT);
    const { gpu } = device;
    const x = gpu.tensor([1, 2], [2], { requiresGrad: true });
    backward(sum(cast(x, 'f16')));
    expect(x.grad?.dtype).toBe('f32');
    expect([...((await x.grad?.data()) ?? [])]).toEqual([1, 1]);
  });

  test('to f16 is refused, with what to do, where the adapter lacks it', async () => {
    const poorer = await openPoorer(['shader-f16']);
    expect(() => cast(poorer.zeros([3]), 'f16')).toThrow(/f16 needs .*shader-f16.*use f32/);
    expect(() => poorer.empty([3], { dtype: 'f16' })).toThrow(/use f32/);
    poorer.dispose();
  });

  test('parameters of f16 are refused', ({ skip }) => {
    skip(!hasHalf(), WITHOUT);
    expect(() => device.gpu.empty([3], { dtype: 'f16', requiresGrad: true })).toThrow(/expects f32/);
  });

  test('of images is refused', () => {
    const images = device.gpu.tensor(Uint8Array.of(1, 2), [2]);
    expect(() => cast(images, 'f32')).toThrow(/gather it into f32 first/);
  });
});
