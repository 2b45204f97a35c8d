import { beforeAll, describe, expect, test } from 'vitest';
import { withoutHead } from '../../src/fisher/head';
import { distanceMatrix } from '../../src/fisher/matrix';
import { Linear, ReLU, Sequential } from '../../src/nn/layers';
import type { Gpu } from '../../src/tensor/gpu';
import { ArgumentError } from '../../src/tensor/guard';
import { Random } from '../../src/tensor/random';
import type { Ref } from '../reference/ref';
import { useGpu } from '../use-gpu';
import { bestAssignments } from './brute-force';
import { cut, makeSamples, oneByOne } from './nets';
import { batchesOf, distancesOf, FEATURES, fisherOf, makeNetwork, type Toy, toy, weightsOf } from './toys';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const options = (tasks: readonly Toy[], weights?: (task: Toy) => number[][]) => ({
  tasks,
  seeds: [0],
  networkOf: async (task: Toy, seed: number) => makeNetwork(gpu, task, seed, weights?.(task)),
  dataOf: (task: Toy) => ({ classes: task.classes, batches: () => batchesOf(gpu, task, 16) }),
});

/** The class that softmax regression predicts for each sample. */
function predictionsOf(weights: number[][], { x }: Toy): number[] {
  return Array.from({ length: x.length / FEATURES }, (_, n) => {
    const inputs = [...x.slice(FEATURES * n, FEATURES * (n + 1)), 1];
    const logits = weights.map((row) => row.reduce((sum, w, i) => sum + w * inputs[i], 0));
    return logits.indexOf(Math.max(...logits));
  });
}

/**
 * Normalised Fishers of a task's network on another's data, its outputs matched to that one's classes: all in f64, one for
 * each of the assignments that are equally good.
 */
function matchedFishers(weights: number[][], target: Toy): number[][][] {
  const size = Math.max(weights.length, target.classes);
  const gains = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (const [n, output] of predictionsOf(weights, target).entries()) gains[target.labels[n]][output] += 1;
  return bestAssignments(gains).map((outputs) => {
    const renamed = { ...target, labels: target.labels.map((label) => outputs[label]) };
    const fisher = fisherOf(weights, renamed, size);
    const spare = outputs.slice(target.classes).sort((a, b) => a - b);
    return [...outputs.slice(0, target.classes), ...spare].map((output) => fisher[output]);
  });
}

const expectAmong = (found: number, expected: readonly number[]) =>
  expect(Math.min(...expected.map((one) => Math.abs(found / one - 1)))).toBeLessThan(1e-4);

describe('heads matched by predictions', () => {
  const tasks = [toy('two', 2, 93), toy('four', 4, 91), toy('three', 3, 97)];

  test('distanceMatrix › matched is the default, and each cell is that of f64, with fewer and with more outputs', async () => {
    const { logdet, frechet } = await distanceMatrix(options(tasks));
    for (const [s, source] of tasks.entries()) {
      for (const [t, target] of tasks.entries()) {
        if (s === t) continue;
        const rows = Math.max(source.classes, target.classes);
        const own = fisherOf(weightsOf(target, 0), target, rows);
        const expected = matchedFishers(weightsOf(source, 0), target).map((fisher) =>
          distancesOf(fisher, own),
        );
        expectAmong(
          logdet.mean[s][t],
          expected.map(({ logdet }) => logdet),
        );
        expectAmong(
          frechet.mean[s][t],
          expected.map(({ frechet }) => frechet),
        );
      }
    }
  });

  test('distanceMatrix › a task with its labels renamed is the same task when matched, and another one when padded', async () => {
    const plain = toy('plain', 4, 60);
    // Towards the corners of a tetrahedron, so that every class is predicted often.
    const weights = [
      [2, 2, 2, 0.1],
      [-2, -2, 1.5, 0],
      [1.5, -2, -2, -0.2],
      [-2, 2.5, -2, 0],
    ];
    // What the network predicts, but for every seventh sample, so that its Fisher is not that of a perfect one.
    const labels = Int32Array.from(predictionsOf(weights, plain), (label, n) =>
      n % 7 === 0 ? (label + 1) % 4 : label,
    );
    const newName = [2, 0, 3, 1];
    const named: Toy = { ...plain, labels };
    const renamed: Toy = { ...plain, id: 'renamed', labels: labels.map((label) => newName[label]) };
    const permuted = newName.map((_, label) => weights[newName.indexOf(label)]);
    const both = options([named, renamed], ({ id }) => (id === 'renamed' ? permuted : weights));
    const matched = await distanceMatrix(both);
    const padded = await distanceMatrix({ ...both, head: 'padded' });
    for (const [s, t] of [
      [0, 1],
      [1, 0],
    ]) {
      expect(matched.logdet.mean[s][t]).toBeLessThan(1e-5);
      expect(matched.frechet.mean[s][t]).toBeLessThan(1e-3);
      expect(padded.logdet.mean[s][t]).toBeGreaterThan(0.1);
      expect(padded.frechet.mean[s][t]).toBeGreaterThan(0.1);
    }
  });

  test('distanceMatrix › an unknown rule is refused by name', async () => {
    await expect(distanceMatrix({ ...options(tasks), head: 'cut' as 'none' })).rejects.toThrow(ArgumentError);
  });
});

describe('heads left out', () => {
  test('withoutHead › the tensors of the last layer are gone, the others are the very same', () => {
    const net = new Sequential(new Linear(gpu, 2, 3), new ReLU(), new Linear(gpu, 3, 2));
    const parameters = net.parameters();
    expect([...withoutHead(parameters)]).toEqual([...parameters].slice(0, 2));
  });

  test('distanceMatrix › none: the distance is that of the other layers, normalised by themselves, in f64', async () => {
    const random = new Random(5, 0);
    const nets = new Map(
      [2, 3].map((classes) => {
        const net = new Sequential(new Linear(gpu, 4, 5), new ReLU(), new Linear(gpu, 5, classes));
        for (const parameter of net.parameters().values())
          parameter.write(Array.from({ length: parameter.size }, () => random.normal()));
        return [classes, net] as const;
      }),
    );
    const netOf = (classes: number): Sequential => {
      const net = nets.get(classes);
      if (!net) throw new Error(`no network of ${classes}`);
      return net;
    };
    const tasks = [2, 3].map((classes) => ({
      id: String(classes),
      classes,
      samples: makeSamples(gpu, [12, 4], classes),
    }));
    const { logdet, frechet } = await distanceMatrix({
      tasks,
      seeds: [0],
      head: 'none',
      networkOf: async ({ classes }) => netOf(classes),
      dataOf: ({ classes, samples }) => ({ classes, batches: () => cut(samples, 5) }),
    });
    for (const [s, t] of [
      [0, 1],
      [1, 0],
    ]) {
      const { classes, samples } = tasks[t];
      const body = async (net: Sequential): Promise<Ref[]> => {
        const found = await oneByOne(net, samples, classes);
        const layers = [...found].flatMap(([name, values]) => (name.startsWith('0.') ? [values] : []));
        const sum = layers.flatMap(({ data }) => [...data]).reduce((a, b) => a + b, 0);
        return layers.map(({ shape, data }) => ({ shape, data: data.map((value) => value / sum) }));
      };
      const [a, b] = [await body(netOf(tasks[s].classes)), await body(netOf(classes))];
      const eachLayer = a.map(({ data }, i) =>
        Math.abs(data.reduce((sum, v, j) => sum + Math.log((v + 1e-10) / (b[i].data[j] + 1e-10)), 0)),
      );
      const squares = a.flatMap(({ data }, i) =>
        [...data].map((v, j) => (Math.sqrt(v) - Math.sqrt(b[i].data[j])) ** 2),
      );
      const logdetOf = eachLayer.reduce((sum, value) => sum + value, 0) / (4 * 5 + 5);
      expect(Math.abs(logdet.mean[s][t] / logdetOf - 1)).toBeLessThan(1e-4);
      const frechetOf = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / 2);
      expect(Math.abs(frechet.mean[s][t] / frechetOf - 1)).toBeLessThan(1e-4);
    }
  });

  test('distanceMatrix › none, and a network that is all head: the error names its tensors', async () => {
    const tasks = [toy('two', 2, 6), toy('three', 3, 7)];
    await expect(distanceMatrix({ ...options(tasks), head: 'none' })).rejects.toThrow(
      'distanceMatrix: without its head (weight, bias) the network has no parameters',
    );
  });
});
