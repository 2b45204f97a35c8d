import { describe, expect, test } from 'vitest';
import { openGpu } from '../../src/node';
import { clamp } from '../../src/ops/table';
import { readSpecialCases } from '../golden/special';
import { compareSpecialCases } from './special-values';

const cases = readSpecialCases();

describe.each(['auto', 'swiftshader'] as const)('on the adapter %s', (adapter) => {
  test('ops and gradients at zeros, denormals, the ends of f32, infinities and NaN are PyTorch’s', async () => {
    using gpu = await openGpu({ adapter });
    const { misses, compared } = await compareSpecialCases(gpu, cases);
    expect(misses).toEqual([]);
    expect(compared).toBeGreaterThan(30_000);
  });

  test('a limit that is NaN makes all NaN', async () => {
    using gpu = await openGpu({ adapter });
    const x = gpu.tensor([-1, 0, Number.POSITIVE_INFINITY], [3]);
    const nothing = Float32Array.of(Number.NaN, Number.NaN, Number.NaN);
    expect(await clamp(x, Number.NaN).data()).toEqual(nothing);
    expect(await clamp(x, -1, Number.NaN).data()).toEqual(nothing);
  });
});
