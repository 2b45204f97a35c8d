import { describe, expect, test } from 'vitest';
import { openGpu } from '../../src/node';
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
});
