import { beforeAll, describe, expect, test } from 'vitest';
import { closestTask } from '../../src/fisher/closest';
import { distanceMatrix } from '../../src/fisher/matrix';
import type { Cell } from '../../src/fisher/measure';
import type { Linear } from '../../src/nn/layers';
import type { Gpu } from '../../src/tensor/gpu';
import { InterruptedError } from '../../src/training/errors';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';
import { onOwnGpu } from './nets';
import { batchesOf, expectedDistances, makeNetwork, seeds, type Toy, tasks } from './toys';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const networkOf = async (task: Toy, seed: number): Promise<Linear> => makeNetwork(gpu, task, seed);
const dataOf = (task: Toy) => ({ classes: task.classes, batches: () => batchesOf(gpu, task) });

const meanOf = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('the matrix of distances', () => {
  test('distanceMatrix › each cell is that of f64, with heads padded in both directions', async () => {
    const { logdet, frechet } = await distanceMatrix({ tasks, seeds, networkOf, dataOf, head: 'padded' });
    for (const [i, seed] of seeds.entries()) {
      for (const [s, source] of tasks.entries()) {
        for (const [t, target] of tasks.entries()) {
          if (s === t) continue;
          const expected = expectedDistances(source, target, seed);
          expect(Math.abs(logdet.perSeed[i][s][t] / expected.logdet - 1)).toBeLessThan(1e-4);
          expect(Math.abs(frechet.perSeed[i][s][t] / expected.frechet - 1)).toBeLessThan(1e-4);
        }
      }
    }
  });

  test('distanceMatrix › it is not symmetric, and exactly 0 from a task to itself', async () => {
    const { logdet, frechet } = await distanceMatrix({ tasks, seeds: [0], networkOf, dataOf, epsilon: 0.01 });
    expect(logdet.mean.map((row, i) => row[i])).toEqual([0, 0, 0]);
    expect(frechet.mean.map((row, i) => row[i])).toEqual([0, 0, 0]);
    expect(Math.abs(logdet.mean[0][1] / logdet.mean[1][0] - 1)).toBeGreaterThan(0.005);
    expect(Math.abs(frechet.mean[0][1] / frechet.mean[1][0] - 1)).toBeGreaterThan(0.05);
  });

  test('distanceMatrix › mean and sample standard deviation over the seeds; 0 for one seed', async () => {
    const { logdet } = await distanceMatrix({ tasks, seeds, networkOf, dataOf });
    const values = logdet.perSeed.map((matrix) => matrix[0][1]);
    const centre = meanOf(values);
    expect(logdet.mean[0][1]).toBeCloseTo(centre, 12);
    const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
    expect(logdet.sd[0][1]).toBeCloseTo(Math.sqrt(variance), 12);
    const single = await distanceMatrix({ tasks, seeds: [1], networkOf, dataOf });
    expect(single.logdet.sd.flat()).toEqual(new Array(9).fill(0));
  });

  test('distanceMatrix › interrupted and resumed, it comes to the same, each cell computed once', async () => {
    const whole = await distanceMatrix({ tasks, seeds, networkOf, dataOf });
    const cells: Cell[] = [];
    const stop = new AbortController();
    const first = distanceMatrix({
      tasks,
      seeds,
      networkOf,
      dataOf,
      signal: stop.signal,
      onCell: (cell) => {
        cells.push(cell);
        if (cells.length === 7) stop.abort();
      },
    });
    await expect(first).rejects.toThrow(InterruptedError);
    expect(cells.length).toBe(7);
    const known = JSON.parse(JSON.stringify(Object.fromEntries(cells.map((cell) => [cell.key, cell]))));
    const resumed = await distanceMatrix({
      tasks,
      seeds,
      networkOf,
      dataOf,
      known,
      onCell: (cell) => {
        cells.push(cell);
      },
    });
    expect(resumed).toEqual(whole);
    const ofNulls = seeds.length * tasks.length;
    expect(new Set(cells.map(({ key }) => key)).size).toBe(seeds.length * 6 + ofNulls);
    expect(cells.length).toBe(seeds.length * 6 + ofNulls);
    expect(cells[0]).toMatchObject({ key: '0/four/two', source: 'four', target: 'two' });
    expect(cells[0].seeds).toEqual({ source: [0], target: [0] });
  });

  test('distanceMatrix › a network is asked once a seed and task, and not at all for known cells', async () => {
    const asked: string[] = [];
    const cells: Record<string, Cell> = {};
    const options = {
      tasks,
      seeds: [0, 1],
      networkOf: (task: Toy, seed: number) => {
        asked.push(`${task.id}${seed}`);
        return networkOf(task, seed);
      },
      dataOf,
      onCell: (cell: Cell) => {
        cells[cell.key] = cell;
      },
    };
    await distanceMatrix(options);
    expect(asked.sort()).toEqual(['four0', 'four1', 'three0', 'three1', 'two0', 'two1']);
    await distanceMatrix({ ...options, known: cells });
    expect(asked.length).toBe(6);
  });

  test('distanceMatrix › no Fisher is left on the GPU', () =>
    onOwnGpu(async (gpu) => {
      const nets = tasks.map((task) => makeNetwork(gpu, task, 0));
      const batches = tasks.map((task) => [...batchesOf(gpu, task)]);
      const { tensors } = await settledMemory(gpu);
      await distanceMatrix({
        tasks,
        seeds: [0],
        networkOf: async (task) => nets[tasks.indexOf(task)],
        dataOf: (task) => ({ classes: task.classes, batches: () => batches[tasks.indexOf(task)] }),
      });
      expect(gpu.memory().tensors).toBe(tensors);
    }));

  test('distanceMatrix › the seed draws the labels of mc: the same network is another for another seed', async () => {
    const options = { tasks, dataOf, estimator: 'mc', networkOf: (task: Toy) => networkOf(task, 0) } as const;
    const { frechet } = await distanceMatrix({ ...options, seeds: [1, 2] });
    const again = await distanceMatrix({ ...options, seeds: [1] });
    expect(frechet.perSeed[0][0][1]).not.toBe(frechet.perSeed[1][0][1]);
    expect(again.frechet.perSeed[0]).toEqual(frechet.perSeed[0]);
  });

  test('distanceMatrix › estimator and epsilon are passed on', async () => {
    const plain = await distanceMatrix({ tasks, seeds: [0], networkOf, dataOf });
    const exact = await distanceMatrix({ tasks, seeds: [0], networkOf, dataOf, estimator: 'exact' });
    const coarse = await distanceMatrix({ tasks, seeds: [0], networkOf, dataOf, epsilon: 0.01 });
    expect(exact.frechet.mean[0][1]).not.toBeCloseTo(plain.frechet.mean[0][1], 3);
    expect(coarse.logdet.mean[0][1]).not.toBeCloseTo(plain.logdet.mean[0][1], 3);
    expect(coarse.frechet.mean).toEqual(plain.frechet.mean);
  });
});

describe('the closest task', () => {
  const mean = [
    [0, 3, 1],
    [2, 0, 1],
    [5, 2, 0],
  ];

  test('closestTask › it is the source of least distance to the target, never the target itself', () => {
    expect(closestTask(mean, 0)).toBe(1);
    expect(closestTask(mean, 1)).toBe(2);
  });

  test('closestTask › of equals the first', () => {
    expect(closestTask(mean, 2)).toBe(0);
  });

  test('closestTask › no other task, or no such target: a clear error', () => {
    expect(() => closestTask([[0]], 0)).toThrow('closestTask: target 0 has no other task in a matrix of 1');
    expect(() => closestTask(mean, 3)).toThrow('target 3');
  });
});
