import { grad } from '../../src/autograd/backward';
import * as ops from '../../src/ops/table';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';

const TENTH = Math.fround(0.1);

/** Sums of many tenths, and how often a tenth stands in each result. */
function sums(gpu: Gpu): Record<string, readonly [sum: Tensor, tenths: number]> {
  const tenths = (...shape: number[]) => gpu.full(shape, TENTH);
  const ones = (...shape: number[]) => gpu.full(shape, 1, { requiresGrad: true });
  const [rows, positions] = [200_003, 999 * 998];
  const [weight, kernel] = [ones(2, 1), ones(1, 1, 3, 3)];
  return {
    'sum of 10^7 terms': [ops.sum(tenths(1e7)), 1e7],
    'sum of a prime number of terms': [ops.sum(tenths(9_999_991)), 9_999_991],
    'matmul over 10^6 steps': [ops.matmul(tenths(2, 1e6), ones(1e6, 3)), 1e6],
    "linear's weight over 200,003 rows": [
      grad(ops.sum(ops.linear(tenths(rows, 1), weight)), [weight])[0],
      rows,
    ],
    "conv2d's weight over a million positions": [
      grad(ops.sum(ops.conv2d(tenths(1, 1, 1001, 1000), kernel)), [kernel])[0],
      positions,
    ],
    'conv2d over 36,000 taps': [ops.conv2d(tenths(1, 4000, 3, 3), ones(2, 4000, 3, 3)), 36_000],
  };
}

/** Those that are off by more than 1e-6 of f64, in words. */
export async function inexactSums(gpu: Gpu): Promise<string[]> {
  const found: string[] = [];
  for (const [name, [sum, tenths]] of Object.entries(sums(gpu))) {
    for (const value of await sum.data()) {
      const off = Math.abs(value / (tenths * TENTH) - 1);
      if (!(off < 1e-6)) found.push(`${name} is off by ${off}`);
    }
  }
  return found;
}
