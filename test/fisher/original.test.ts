import { beforeAll, describe, expect, test } from 'vitest';
import { diagonal } from '../../src/fisher/diagonal';
import type { Gpu } from '../../src/tensor/gpu';
import { useGpu } from '../use-gpu';
import { download } from './nets';
import { batchesOf, FEATURES, makeNetwork, toy, weightsOf } from './toys';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const CLASSES = 3;
const BATCH = 4;
const task = toy('three', CLASSES, 10);

/** What the public program adds up, line by line in f64, divided by the number of batches: [CLASSES][FEATURES + 1]. */
function original(): number[][] {
  const weights = weightsOf(task, 0);
  const total = weights.map(() => new Array<number>(FEATURES + 1).fill(0));
  const batches = Math.ceil(task.labels.length / BATCH);
  for (let start = 0; start < task.labels.length; start += BATCH) {
    const labels = [...task.labels.slice(start, start + BATCH)];
    const gradient = weights.map(() => new Array<number>(FEATURES + 1).fill(0));
    labels.forEach((label, n) => {
      const at = FEATURES * (start + n);
      const x = [...task.x.slice(at, at + FEATURES), 1];
      const e = weights.map((row) => Math.exp(row.reduce((sum, w, i) => sum + w * x[i], 0)));
      const sum = e.reduce((a, b) => a + b, 0);
      for (const [c, row] of gradient.entries())
        for (const i of row.keys()) row[i] += ((e[c] / sum - Number(c === label)) * x[i]) / labels.length;
    });
    for (const row of total)
      for (const i of row.keys())
        row[i] += gradient.reduce((sum, other) => sum + other[i] ** 2, 0) / CLASSES / batches;
  }
  return total;
}

describe("the original program's estimator", () => {
  test('diagonal › original: over three batches, the last one smaller, it is that of f64', async () => {
    const net = makeNetwork(gpu, task, 0);
    const found = await download(await diagonal(net, batchesOf(gpu, task, BATCH), { estimator: 'original' }));
    const expected = original();
    const flat = [
      ...expected.flatMap((row) => row.slice(0, FEATURES)),
      ...expected.map((row) => row[FEATURES]),
    ];
    const values = [...(found.get('weight')?.data ?? []), ...(found.get('bias')?.data ?? [])];
    expect(values.length).toBe(CLASSES * (FEATURES + 1));
    for (const [i, value] of values.entries()) expect(Math.abs(value / flat[i] - 1)).toBeLessThan(1e-5);
  });

  test('diagonal › original: the same data twice does not make it grow', async () => {
    const net = makeNetwork(gpu, task, 0);
    const batches = [...batchesOf(gpu, task, BATCH)];
    const once = await download(await diagonal(net, batches, { estimator: 'original' }));
    const twice = await download(await diagonal(net, [...batches, ...batches], { estimator: 'original' }));
    const [a, b] = [once, twice].map((fisher) => [...(fisher.get('weight')?.data ?? [])]);
    for (const [i, value] of a.entries()) expect(Math.abs(b[i] / value - 1)).toBeLessThan(1e-6);
  });
});
