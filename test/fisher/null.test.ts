import { beforeAll, describe, expect, test } from 'vitest';
import { distanceMatrix } from '../../src/fisher/matrix';
import type { Cell } from '../../src/fisher/measure';
import type { Gpu } from '../../src/tensor/gpu';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';
import { onOwnGpu } from './nets';
import {
  batchesOf,
  distancesOf,
  expectedDistances,
  fisherOf,
  makeNetwork,
  type Toy,
  tasks,
  weightsOf,
} from './toys';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const options = {
  tasks,
  networkOf: async (task: Toy, seed: number) => makeNetwork(gpu, task, seed),
  dataOf: (task: Toy) => ({ classes: task.classes, batches: () => batchesOf(gpu, task) }),
  head: 'padded',
} as const;

const ownFisher = (task: Toy, seed: number) => fisherOf(weightsOf(task, seed), task, task.classes);
const meanOf = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const averaged = (fishers: number[][][]): number[][] =>
  fishers[0].map((row, c) => row.map((_, i) => meanOf(fishers.map((fisher) => fisher[c][i]))));
const expectNear = (found: number | undefined, expected: number) =>
  expect(Math.abs((found ?? Number.NaN) / expected - 1)).toBeLessThan(1e-4);

/** [target, source] */
const CYCLE = [
  [0, 1],
  [1, 2],
  [2, 0],
] as const;

describe('the null of a task', () => {
  test('distanceMatrix › from the next seed to each, cyclically, as in f64, also over ε', async () => {
    const { nulls } = await distanceMatrix({ ...options, seeds: [0, 1, 2], epsilons: [1e-3] });
    for (const [t, task] of tasks.entries()) {
      const at = (epsilon?: number) =>
        CYCLE.map(([own, other]) => distancesOf(ownFisher(task, other), ownFisher(task, own), epsilon));
      const logdets = at().map(({ logdet }) => logdet);
      expectNear(nulls.logdet[t]?.mean, meanOf(logdets));
      expectNear(nulls.frechet[t]?.mean, meanOf(at().map(({ frechet }) => frechet)));
      expectNear(nulls.overEpsilon[0].logdet[t]?.mean, meanOf(at(1e-3).map(({ logdet }) => logdet)));
      const variance = logdets.reduce((sum, value) => sum + (value - meanOf(logdets)) ** 2, 0) / 2;
      expectNear(nulls.logdet[t]?.sd, Math.sqrt(variance));
    }
    expect(nulls.overEpsilon.map(({ epsilon }) => epsilon)).toEqual([1e-3]);
  });

  test('distanceMatrix › two seeds are one pair, one seed has no null', async () => {
    const cells: Cell[] = [];
    const onCell = (cell: Cell) => {
      cells.push(cell);
    };
    const two = await distanceMatrix({ ...options, seeds: [4, 7], onCell });
    expect(two.nulls.logdet.map((spread) => spread?.sd)).toEqual([0, 0, 0]);
    const ofNulls = cells.filter(({ source, target }) => source === target);
    expect(ofNulls.map(({ key }) => key)).toEqual(['4<7/two/two', '4<7/four/four', '4<7/three/three']);
    expect(ofNulls[0].seeds).toEqual({ source: [7], target: [4] });
    const { logdet } = distancesOf(ownFisher(tasks[0], 7), ownFisher(tasks[0], 4));
    expectNear(two.nulls.logdet[0]?.mean, logdet);
    const one = await distanceMatrix({ ...options, seeds: [4] });
    expect(one.nulls.logdet).toEqual([null, null, null]);
    expect(one.nulls.frechet).toEqual([null, null, null]);
  });
});

describe('distances over ε', () => {
  test('distanceMatrix › each ε gives the distances of f64, and the share of entries below ε is told', async () => {
    const epsilons = [1e-2, 1e-4, 1e-12];
    const found = await distanceMatrix({ ...options, seeds: [0], epsilon: 0.02, epsilons });
    const below: number[] = [];
    for (const [s, source] of tasks.entries()) {
      for (const [t, target] of tasks.entries()) {
        if (s === t) continue;
        expectNear(found.logdet.mean[s][t], expectedDistances(source, target, 0, 0.02).logdet);
        for (const [i, epsilon] of epsilons.entries())
          expectNear(
            found.overEpsilon[i].logdet.mean[s][t],
            expectedDistances(source, target, 0, epsilon).logdet,
          );
        const own = fisherOf(weightsOf(target, 0), target, target.classes).flat();
        const other = fisherOf(weightsOf(source, 0), target, source.classes).flat();
        const share = (values: number[]) => values.filter((value) => value < 0.02).length / values.length;
        below.push((share(own) + share(other)) / 2);
      }
    }
    expect(found.overEpsilon.map(({ epsilon }) => epsilon)).toEqual(epsilons);
    expect(found.overEpsilon[0].logdet.mean.map((row, i) => row[i])).toEqual([0, 0, 0]);
    expect(meanOf(below)).toBeGreaterThan(0);
    expect(found.below).toBeCloseTo(meanOf(below), 9);
  });

  test('distanceMatrix › cells known for another number of ε are computed again', async () => {
    const known: Record<string, Cell> = {};
    let computed = 0;
    const onCell = (cell: Cell) => {
      known[cell.key] = cell;
      computed += 1;
    };
    await distanceMatrix({ ...options, seeds: [0], onCell });
    expect(computed).toBe(6);
    const { overEpsilon } = await distanceMatrix({
      ...options,
      seeds: [0],
      known: { ...known },
      epsilons: [1e-3],
      onCell,
    });
    expect(computed).toBe(12);
    expectNear(overEpsilon[0].logdet.mean[1][0], expectedDistances(tasks[1], tasks[0], 0, 1e-3).logdet);
  });
});

describe('Fishers averaged over the seeds', () => {
  const seeds = [0, 1, 2];

  test('distanceMatrix › one matrix, of mean Fishers, and a null between halves of the seeds, as in f64', async () => {
    const { logdet, frechet, nulls } = await distanceMatrix({ ...options, seeds, average: true });
    expect(logdet.perSeed.length).toBe(1);
    for (const [t, target] of tasks.entries()) {
      for (const [s, source] of tasks.entries()) {
        if (s === t) continue;
        const rows = Math.max(source.classes, target.classes);
        const mean = (task: Toy) =>
          averaged(seeds.map((seed) => fisherOf(weightsOf(task, seed), target, rows)));
        const expected = distancesOf(mean(source), mean(target));
        expectNear(logdet.mean[s][t], expected.logdet);
        expectNear(frechet.mean[s][t], expected.frechet);
      }
      const half = (...some: number[]) => averaged(some.map((seed) => ownFisher(target, seed)));
      const expected = distancesOf(half(2), half(0, 1));
      expectNear(nulls.logdet[t]?.mean, expected.logdet);
      expectNear(nulls.frechet[t]?.mean, expected.frechet);
    }
  });

  test('distanceMatrix › averaged cells have keys of their own, and are known by them', async () => {
    const known: Record<string, Cell> = {};
    const onCell = (cell: Cell) => {
      known[cell.key] = cell;
    };
    const first = await distanceMatrix({ ...options, seeds, average: true, onCell });
    expect(Object.keys(known)).toContain('0+1+2/four/two');
    expect(Object.keys(known)).toContain('0+1<2/two/two');
    expect(Object.keys(known).length).toBe(6 + 3);
    const onOther = ({ key }: Cell) => {
      throw new Error(`${key} is known`);
    };
    expect(await distanceMatrix({ ...options, seeds, average: true, known, onCell: onOther })).toEqual(first);
  });

  test('distanceMatrix › matched or averaged, no Fisher is left on the GPU', () =>
    onOwnGpu(async (gpu) => {
      const nets = new Map(
        tasks.flatMap((task) =>
          seeds.map((seed) => [`${task.id}${seed}`, makeNetwork(gpu, task, seed)] as const),
        ),
      );
      const batches = new Map(tasks.map((task) => [task.id, [...batchesOf(gpu, task)]]));
      const { tensors } = await settledMemory(gpu);
      const own = {
        tasks,
        seeds,
        networkOf: async (task: Toy, seed: number) => {
          const net = nets.get(`${task.id}${seed}`);
          if (!net) throw new Error('no such network');
          return net;
        },
        dataOf: (task: Toy) => ({ classes: task.classes, batches: () => batches.get(task.id) ?? [] }),
      };
      await distanceMatrix({ ...own, head: 'matched' });
      await distanceMatrix({ ...own, head: 'matched', average: true });
      expect(gpu.memory().tensors).toBe(tensors);
    }));
});
