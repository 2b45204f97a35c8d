import { describe, expect, test } from 'vitest';
import { RunningStats } from '../../src/training/stats';
import { useGpu } from '../use-gpu';

const held = useGpu();

/** Share of rows whose prediction is their label. */
async function accuracyOf(rows: readonly (readonly number[])[], labels: readonly number[]): Promise<number> {
  const { gpu } = held;
  const stats = new RunningStats(gpu);
  const logits = gpu.tensor(rows.flat(), [rows.length, rows[0].length]);
  stats.add(gpu.zeros([1]), logits, gpu.tensor(Int32Array.from(labels), [labels.length]), 0);
  const { accuracy } = await stats.read();
  stats.dispose();
  return accuracy;
}

describe('running statistics', () => {
  test('a prediction is the first of equally large logits', async () => {
    const rows = [
      [1, 1, 0],
      [-1, 2, 2],
      [3, 3, 3],
      [0, -5, 0],
    ];
    expect(await accuracyOf(rows, [0, 1, 0, 0])).toBe(1);
  });
});
