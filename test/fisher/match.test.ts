import { beforeAll, describe, expect, test } from 'vitest';
import { FisherError } from '../../src/fisher/errors';
import { alignHead, matchHead, renameLabels } from '../../src/fisher/match';
import { Linear } from '../../src/nn/layers';
import { slice } from '../../src/ops/reshape';
import type { Gpu } from '../../src/tensor/gpu';
import { StrayLabelError } from '../../src/training/errors';
import { useGpu } from '../use-gpu';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const FEATURES = 3;

/** A network that predicts the output `predicted[f]` for the f-th unit vector. */
function predicting(outputs: number, predicted: readonly number[]): Linear {
  const net = new Linear(gpu, FEATURES, outputs, { bias: false });
  net.weight.write(
    Array.from({ length: outputs }, (_, o) => predicted.map((output) => Number(output === o))).flat(),
  );
  return net;
}

/** Unit vectors and their labels: [feature, label] for each sample. */
function batch(samples: readonly (readonly [feature: number, label: number])[]) {
  const rows = samples.flatMap(([feature]) =>
    Array.from({ length: FEATURES }, (_, f) => Number(f === feature)),
  );
  return {
    inputs: gpu.tensor(rows, [samples.length, FEATURES]),
    labels: gpu.tensor(
      Int32Array.from(samples, ([, label]) => label),
      [samples.length],
    ),
  };
}

describe('outputs matched to classes', () => {
  test('matchHead › as many outputs as classes: the counts decide over all batches', async () => {
    // Counts [label][output]: 0: [0, 2, 0], 1: [1, 0, 3], 2: [2, 0, 2]. Best are 0 to 1, 1 to 2, 2 to 0: 2 + 3 + 2.
    const net = predicting(3, [0, 1, 2]);
    const batches = [
      batch([
        [1, 0],
        [1, 0],
        [0, 1],
        [2, 1],
        [2, 1],
      ]),
      batch([
        [2, 1],
        [0, 2],
        [0, 2],
        [2, 2],
        [2, 2],
      ]),
    ];
    expect(await matchHead(net, batches, { classes: 3 })).toEqual([1, 2, 0]);
  });

  test('matchHead › fewer outputs than classes: classes that none is left for get numbers past the outputs', async () => {
    // Counts [label][output]: 0: [0, 0], 1: [0, 2], 2: [1, 0], 3: [2, 1].
    const net = predicting(2, [0, 1, 1]);
    const samples = batch([
      [1, 1],
      [2, 1],
      [0, 2],
      [0, 3],
      [0, 3],
      [1, 3],
    ]);
    const [zero, one, two, three, ...more] = await matchHead(net, [samples], { classes: 4 });
    expect([one, three]).toEqual([1, 0]);
    expect([zero, two].sort()).toEqual([2, 3]);
    expect(more).toEqual([]);
  });

  test('matchHead › more outputs than classes: those left over come after, in their order', async () => {
    const net = predicting(5, [3, 1, 1]);
    const samples = batch([
      [0, 0],
      [0, 0],
      [1, 1],
      [2, 1],
      [0, 1],
    ]);
    expect(await matchHead(net, [samples], { classes: 2 })).toEqual([3, 1, 0, 2, 4]);
  });

  test('matchHead › ignored samples do not count', async () => {
    const net = predicting(2, [0, 1, 1]);
    const samples = batch([
      [0, 1],
      [1, 0],
      [0, -100],
      [1, -100],
      [1, -100],
    ]);
    expect(await matchHead(net, [samples], { classes: 2 })).toEqual([1, 0]);
  });

  test('matchHead › labels that only the GPU knows are read', async () => {
    const net = predicting(2, [0, 1, 1]);
    const { inputs, labels } = batch([
      [0, 1],
      [1, 0],
      [0, 0],
      [1, 1],
      [1, 1],
    ]);
    const first = { inputs: slice(inputs, 0, 0, 2), labels: slice(labels, 0, 0, 2) };
    expect(await matchHead(net, [first], { classes: 2 })).toEqual([1, 0]);
  });

  test('matchHead › the network is evaluated, and stays in its mode', async () => {
    const net = predicting(2, [0, 1, 1]);
    net.train();
    await matchHead(net, [batch([[0, 0]])], { classes: 2 });
    expect(net.training).toBe(true);
  });

  test('matchHead › a label that is no class, or no samples: the error says so', async () => {
    const net = predicting(2, [0, 1, 1]);
    await expect(
      matchHead(
        net,
        [
          batch([
            [0, 0],
            [0, 2],
          ]),
        ],
        { classes: 2 },
      ),
    ).rejects.toThrow(StrayLabelError);
    await expect(matchHead(net, [], { classes: 2 })).rejects.toThrow('matchHead: there are no samples');
    await expect(matchHead(net, [batch([[0, -100]])], { classes: 2 })).rejects.toThrow(FisherError);
  });
});

describe('labels and heads in another order', () => {
  test('renameLabels › each label becomes its output, −100 stays, inputs are the same', async () => {
    const given = [
      batch([
        [0, 2],
        [1, -100],
        [2, 0],
      ]),
      batch([[0, 1]]),
    ];
    const found: number[][] = [];
    let number = 0;
    for await (const { inputs, labels } of renameLabels(given, [5, 3, 4])) {
      expect(inputs).toBe(given[number++].inputs);
      found.push([...(await labels.data())]);
    }
    expect(found).toEqual([[4, -100, 5], [3]]);
  });

  test('alignHead › rows follow the classes, zeros where there is no output, other layers stay', async () => {
    const F = new Map([
      [
        '0.weight',
        gpu.tensor([
          [1, 2],
          [3, 4],
        ]),
      ],
      [
        '2.weight',
        gpu.tensor([
          [1, 2, 3],
          [4, 5, 6],
        ]),
      ],
      ['2.bias', gpu.tensor([7, 8])],
    ]);
    const aligned = alignHead(F, [1, 3, 0, 2]);
    expect([...aligned].map(([name, { shape }]) => [name, shape])).toEqual([
      ['0.weight', [2, 2]],
      ['2.weight', [4, 3]],
      ['2.bias', [4]],
    ]);
    expect([...((await aligned.get('0.weight')?.data()) ?? [])]).toEqual([1, 2, 3, 4]);
    expect([...((await aligned.get('2.weight')?.data()) ?? [])]).toEqual([
      4, 5, 6, 0, 0, 0, 1, 2, 3, 0, 0, 0,
    ]);
    expect([...((await aligned.get('2.bias')?.data()) ?? [])]).toEqual([8, 0, 7, 0]);
    for (const tensor of aligned.values()) tensor.dispose();
    expect([...((await F.get('0.weight')?.data()) ?? [])]).toEqual([1, 2, 3, 4]);
  });

  test('alignHead › a head of a convolution keeps its other axes', async () => {
    const F = new Map([['weight', gpu.tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2, 1])]]);
    const aligned = alignHead(F, [1, 0]).get('weight');
    expect(aligned?.shape).toEqual([2, 2, 2, 1]);
    expect([...((await aligned?.data()) ?? [])]).toEqual([5, 6, 7, 8, 1, 2, 3, 4]);
  });

  test('alignHead › where all names share a prefix, only tensors with a row an output are a head', async () => {
    const F = new Map([
      ['w1', gpu.tensor([1, 2, 3])],
      ['w2', gpu.tensor([4, 5])],
    ]);
    const aligned = alignHead(F, [1, 0]);
    expect([...((await aligned.get('w1')?.data()) ?? [])]).toEqual([1, 2, 3]);
    expect([...((await aligned.get('w2')?.data()) ?? [])]).toEqual([5, 4]);
  });
});
