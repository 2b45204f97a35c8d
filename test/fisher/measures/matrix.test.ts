import { beforeAll, describe, expect, test } from 'vitest';
import { FisherError } from '../../../src/fisher/errors';
import { type MeasureCell, measureMatrix } from '../../../src/fisher/measures/measure-matrix';
import { embeddingOf, fitHead } from '../../../src/fisher/measures/probe';
import { responsesOf } from '../../../src/fisher/measures/responses';
import { TASK_MEASURES } from '../../../src/fisher/measures/table';
import { NO_MATERIALS } from '../../../src/fisher/measures/task-measure';
import { Linear, ReLU, Sequential } from '../../../src/nn/layers';
import { Module } from '../../../src/nn/module';
import type { Gpu } from '../../../src/tensor/gpu';
import { Random } from '../../../src/tensor/random';
import type { Tensor } from '../../../src/tensor/tensor';
import { InterruptedError } from '../../../src/training/errors';
import { settledMemory } from '../../settled-memory';
import { useGpu } from '../../use-gpu';
import { onOwnGpu } from '../nets';
import { batchesOf, FEATURES, type Toy, tasks } from '../toys';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const HIDDEN = 5;
const [TWO, FOUR] = tasks;

/** FEATURES → HIDDEN → classes. */
function makeNet(gpu: Gpu, classes: number, seed: number, body = seed): Sequential {
  const net = new Sequential(new Linear(gpu, FEATURES, HIDDEN), new ReLU(), new Linear(gpu, HIDDEN, classes));
  for (const [name, tensor] of net.parameters()) {
    const random = new Random(name.startsWith('0') ? body : seed, tensor.size);
    tensor.write(Array.from({ length: tensor.size }, () => Math.fround(random.normal())));
  }
  return net;
}

const networkOf = async (task: Toy, seed: number): Promise<Module> =>
  makeNet(gpu, task.classes, seed + task.classes);
/** One body a seed, with another head for each task. */
const probeOf = async (task: Toy, seed: number): Promise<Module> =>
  makeNet(gpu, task.classes, task.classes, 50 + seed);
const dataOf = (task: Toy) => ({ classes: task.classes, batches: () => batchesOf(gpu, task) });

interface Layer {
  readonly weight: number[][];
  readonly bias: number[];
}

/** Weights of a layer in f64. */
async function layerOf(net: Module, name: string): Promise<Layer> {
  const tensors = net.parameters();
  const read = async (part: string) => [...((await tensors.get(`${name}.${part}`)?.data()) ?? [])];
  const [weight, bias] = [await read('weight'), await read('bias')];
  const columns = weight.length / bias.length;
  return { weight: bias.map((_, row) => weight.slice(row * columns, (row + 1) * columns)), bias };
}

const apply = ({ weight, bias }: Layer, x: readonly number[]): number[] =>
  weight.map((row, o) => row.reduce((sum, w, i) => sum + w * x[i], bias[o]));
const samplesOf = (task: Toy): number[][] =>
  [...task.labels.keys()].map((n) => [...task.x.slice(FEATURES * n, FEATURES * (n + 1))]);

/** Hidden units and logits of every sample of a task in f64. */
async function forwardOf(net: Module, task: Toy) {
  const [first, head] = [await layerOf(net, '0'), await layerOf(net, '2')];
  return samplesOf(task).map((x) => {
    const hidden = apply(first, x).map((value) => Math.max(0, value));
    return { x, hidden, logits: apply(head, hidden), head };
  });
}

describe('responses of a network', () => {
  test('responsesOf › logits and what the head sees are those of f64, over batches of all sizes', async () => {
    const net = makeNet(gpu, FOUR.classes, 1);
    const { outputs, features, labels } = await responsesOf('test', net, batchesOf(gpu, TWO), 2);
    const expected = await forwardOf(net, TWO);
    expect([features.rows, features.columns, outputs.columns]).toEqual([TWO.labels.length, HIDDEN, 4]);
    expect([...features.values]).toEqual(
      expected.flatMap(({ hidden }) => hidden.map((v) => expect.closeTo(v, 5))),
    );
    expect([...outputs.values]).toEqual(
      expected.flatMap(({ logits }) => logits.map((v) => expect.closeTo(v, 5))),
    );
    expect(labels).toEqual(TWO.labels);
  });

  test('responsesOf › samples of the label −100 are left out', async () => {
    const net = makeNet(gpu, 2, 1);
    const whole = await responsesOf('test', net, batchesOf(gpu, TWO), 2);
    const ignoring = { ...TWO, labels: TWO.labels.map((label, n) => (n === 1 ? -100 : label)) };
    const { features, labels } = await responsesOf('test', net, batchesOf(gpu, ignoring), 2);
    expect(labels).toEqual(TWO.labels.filter((_, n) => n !== 1));
    expect([...features.values]).toEqual(
      [...whole.features.values].filter((_, i) => Math.floor(i / HIDDEN) !== 1),
    );
  });

  test('responsesOf › a network of one layer sees the samples, and they stay', async () => {
    const [batch] = batchesOf(gpu, TWO, 6);
    const { features } = await responsesOf('test', new Linear(gpu, FEATURES, 2), [batch], 2);
    expect([...features.values]).toEqual([...TWO.x]);
    expect(await batch.inputs.data()).toEqual(TWO.x);
  });

  test('responsesOf › a network without a linear head is refused by what it ends in', async () => {
    class Scaled extends Module {
      readonly scale = gpu.ones([2], { requiresGrad: true });
      forward(x: Tensor): Tensor {
        return x;
      }
    }
    const error = await responsesOf('measureMatrix', new Scaled(), batchesOf(gpu, TWO), 2).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(FisherError);
    expect(String(error)).toMatch(/last parameters are f32\[2\].*, expected those of a linear layer/);
  });
});

describe('a probe', () => {
  test('fitHead › it finds the head that gradient descent in f64 finds, and leaves the body', async () => {
    const net = makeNet(gpu, 2, 3);
    const body = await layerOf(net, '0');
    const hidden = (await forwardOf(net, TWO)).map(({ hidden }) => hidden);
    // Made separable in part only, so that the best head is finite: every sample has its twin of the other label.
    const both = {
      ...TWO,
      x: Float32Array.from([...TWO.x, ...TWO.x.slice(0, 9)]),
      labels: Int32Array.from([...TWO.labels, 1, 0, 1]),
    };
    await fitHead(net, batchesOf(gpu, both), { steps: 600 });
    const rows = [...hidden, ...hidden.slice(0, 3)];
    const loss = ({ weight, bias }: Layer) =>
      rows.reduce((sum, row, n) => {
        const logits = apply({ weight, bias }, row);
        return sum + Math.log(logits.reduce((s, l) => s + Math.exp(l), 0)) - logits[both.labels[n]];
      }, 0) / rows.length;
    const weight = [new Array<number>(HIDDEN).fill(0), new Array<number>(HIDDEN).fill(0)];
    const bias = [0, 0];
    for (let step = 0; step < 3000; step++) {
      for (const [n, row] of rows.entries()) {
        const logits = apply({ weight, bias }, row);
        const total = logits.reduce((s, l) => s + Math.exp(l), 0);
        for (let c = 0; c < 2; c++) {
          const slope = (0.3 / rows.length) * (Math.exp(logits[c]) / total - Number(both.labels[n] === c));
          for (let i = 0; i < HIDDEN; i++) weight[c][i] -= slope * row[i];
          bias[c] -= slope;
        }
      }
    }
    const [found, best] = [loss(await layerOf(net, '2')), loss({ weight, bias })];
    expect(best).toBeLessThan(0.65);
    expect(found).toBeLessThan(best + 0.01);
    expect(await layerOf(net, '0')).toEqual(body);
  });

  test('embeddingOf › it is the exact Fisher of the body in f64, a mean for each filter', async () => {
    const net = makeNet(gpu, FOUR.classes, 2);
    const rows = await forwardOf(net, FOUR);
    const expected = Array.from({ length: HIDDEN }, (_, h) => {
      let sum = 0;
      for (const { x, hidden, logits, head } of rows) {
        const total = logits.reduce((s, l) => s + Math.exp(l), 0);
        const shares = logits.map((l) => Math.exp(l) / total);
        for (const [label, share] of shares.entries()) {
          const slope = head.weight.reduce((s, row, c) => s + (shares[c] - Number(c === label)) * row[h], 0);
          for (const value of x) sum += hidden[h] > 0 ? share * (slope * value) ** 2 : 0;
        }
      }
      return sum / rows.length / FEATURES;
    });
    const found = await embeddingOf(net, dataOf(FOUR));
    expect(found).toHaveLength(HIDDEN);
    for (const [h, value] of expected.entries())
      expect(Math.abs(found[h] - value)).toBeLessThan(1e-4 * value + 1e-9);
    await expect(embeddingOf(new Linear(gpu, FEATURES, 4), dataOf(FOUR))).rejects.toThrow(
      'no weights but its head',
    );
  });
});

describe('the matrix of task measures', () => {
  test('measureMatrix › each cell is the record’s own number of the source’s network and the target’s samples', async () => {
    const found = await measureMatrix({ tasks, seeds: [0, 1], networkOf, dataOf, probeOf });
    expect(Object.keys(found)).toEqual(TASK_MEASURES.map(({ name }) => name));
    for (const seed of [0, 1]) {
      for (const [s, source] of tasks.entries()) {
        for (const [t, target] of tasks.entries()) {
          const classes = target.classes;
          const own = await responsesOf(
            'test',
            await networkOf(source, seed),
            batchesOf(gpu, target),
            classes,
          );
          const ofTarget = await responsesOf(
            'test',
            await networkOf(target, seed),
            batchesOf(gpu, target),
            classes,
          );
          const materials = {
            ...NO_MATERIALS,
            ...own,
            targetFeatures: ofTarget.features,
            sourceEmbedding: await embeddingOf(await probeOf(source, seed), dataOf(source)),
            targetEmbedding: await embeddingOf(await probeOf(target, seed), dataOf(target)),
          };
          for (const { name, of } of TASK_MEASURES)
            expect(found[name]?.perSeed[seed][s][t], `${name} ${s}→${t}`).toBeCloseTo(of(materials), 6);
        }
      }
    }
    const { leep, cka, task2vec } = found;
    expect(leep?.mean[0][1]).toBeCloseTo(
      ((leep?.perSeed[0][0][1] ?? 0) + (leep?.perSeed[1][0][1] ?? 0)) / 2,
      12,
    );
    for (const i of [0, 1, 2]) {
      expect(cka?.mean[i][i]).toBeCloseTo(1, 12);
      expect(task2vec?.mean[i][i]).toBeCloseTo(0, 12);
    }
  });

  test('measureMatrix › interrupted and resumed it comes to the same, and asks only for what is missing', async () => {
    const options = { tasks, seeds: [0], networkOf, dataOf };
    const whole = await measureMatrix(options);
    const cells: Record<string, MeasureCell['measures']> = {};
    const stop = new AbortController();
    const keep = ({ key, measures }: MeasureCell) => {
      cells[key] = measures;
    };
    const first = measureMatrix({
      ...options,
      signal: stop.signal,
      onCell: (cell) => {
        keep(cell);
        if (Object.keys(cells).length === 4) stop.abort();
      },
    });
    await expect(first).rejects.toThrow(InterruptedError);
    const known = JSON.parse(JSON.stringify(cells));
    expect(Object.keys(known)[1]).toBe('0/four/two');
    expect(await measureMatrix({ ...options, known, onCell: keep })).toEqual(whole);
    expect(Object.keys(cells)).toHaveLength(9);
    const asked: string[] = [];
    const silent = async (task: Toy) => {
      asked.push(task.id);
      return networkOf(task, 0);
    };
    expect(await measureMatrix({ ...options, known: cells, networkOf: silent })).toEqual(whole);
    expect(asked).toEqual([]);
  });

  test('measureMatrix › networks that nothing is asked of are not run', async () => {
    const never = () => Promise.reject(new Error('asked for'));
    const found = await measureMatrix({
      tasks,
      seeds: [0],
      measures: ['task2vec'],
      networkOf: never,
      dataOf,
      probeOf,
    });
    expect(Object.keys(found)).toEqual(['task2vec']);
    const withoutProbe = await measureMatrix({ tasks, seeds: [0], networkOf, dataOf });
    expect(Object.keys(withoutProbe)).toEqual(['leep', 'logme', 'cka']);
    await expect(
      measureMatrix({ tasks, seeds: [0], measures: ['task2vec'], networkOf, dataOf }),
    ).rejects.toThrow(
      'Task2Vec needs a probe network, and there is no probeOf; give one, or leave task2vec out',
    );
  });

  test('measureMatrix › nothing is left on the GPU', () =>
    onOwnGpu(async (gpu) => {
      const nets = tasks.map((task) => makeNet(gpu, task.classes, 0));
      const batches = tasks.map((task) => [...batchesOf(gpu, task)]);
      const network = async (task: Toy) => nets[tasks.indexOf(task)];
      const { tensors } = await settledMemory(gpu);
      await measureMatrix({
        tasks,
        seeds: [0],
        networkOf: network,
        probeOf: network,
        dataOf: (task) => ({ classes: task.classes, batches: () => batches[tasks.indexOf(task)] }),
      });
      await fitHead(nets[0], batches[0], { steps: 2 });
      expect(gpu.memory().tensors).toBe(tensors);
    }));
});
