import { describe, expect, test } from 'vitest';
import { DeviceImages } from '../../src/data/device-images';
import { type Diagonal, diagonal } from '../../src/fisher/diagonal';
import { FisherError } from '../../src/fisher/errors';
import { gramLogDet } from '../../src/fisher/gram';
import { kfacLogDet } from '../../src/fisher/kfac';
import { Flatten, Linear, Sequential } from '../../src/nn/layers';
import { Module } from '../../src/nn/module';
import { embedding, mean } from '../../src/ops/table';
import type { Tensor } from '../../src/tensor/tensor';
import { StrayLabelError } from '../../src/training/errors';
import { expectClose } from '../reference/close';
import { fullLogDet, jacobian, kfacLogDet as reference } from '../reference/fisher-log-det';
import type { Ref } from '../reference/ref';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';
import { NETS, toReference } from './log-det-nets';
import { cut, download, makeNet, makeSamples, oneByOne, type Samples, stirStatistics } from './nets';

const device = useGpu();
const SAMPLES = 7;
/** Of the samples, in batches of three: some of the first, all of the second, none of the third. */
const IGNORED = [1, 3, 4, 5];

/** Samples some of which are ignored, and the others alone. */
async function marked(all: Samples): Promise<{ marked: Samples; kept: Samples }> {
  const { gpu } = device;
  const labels = [...(await all.labels.data())];
  const width = all.inputs.size / SAMPLES;
  const inputs = [...(await all.inputs.data())];
  const isKept = (_: unknown, n: number) => !IGNORED.includes(n);
  const kept = labels.filter(isKept);
  return {
    marked: {
      inputs: all.inputs,
      labels: gpu.tensor(
        Int32Array.from(labels, (label, n) => (isKept(label, n) ? label : -100)),
        [SAMPLES],
      ),
    },
    kept: {
      inputs: gpu.tensor(
        inputs.filter((_, i) => isKept(0, Math.floor(i / width))),
        [kept.length, ...all.inputs.shape.slice(1)],
      ),
      labels: gpu.tensor(Int32Array.from(kept), [kept.length]),
    },
  };
}

async function expectSame(found: Diagonal, expected: ReadonlyMap<string, Ref>): Promise<void> {
  const downloaded = await download(found);
  expect([...downloaded.keys()]).toEqual([...expected.keys()]);
  for (const [name, wanted] of expected) {
    const actual = downloaded.get(name);
    if (!actual) throw new Error(`${name} is missing`);
    const largest = wanted.data.reduce((a, b) => Math.max(a, b), 0);
    expect(largest).toBeGreaterThan(0);
    expectClose(actual, wanted, { relative: 1e-4, absolute: 1e-6 * largest });
  }
}

describe.each(Object.entries(NETS))('ignored samples of %s', (_, { layers, input, classes }) => {
  const make = async () => {
    const net = makeNet(device.gpu, layers);
    stirStatistics(net);
    return { net, ...(await marked(makeSamples(device.gpu, [SAMPLES, ...input], classes))) };
  };

  test('are no part of the diagonal: it is that of single-sample passes over the others', async () => {
    const { net, marked, kept } = await make();
    await expectSame(await diagonal(net, cut(marked, 3)), await oneByOne(net, kept));
    await expectSame(await diagonal(net, [marked], { classes: 5 }), await oneByOne(net, kept, 5));
  });

  test('are no part of what the other estimators take of each sample', async () => {
    const { net, marked, kept } = await make();
    const exact = await diagonal(net, [kept], { estimator: 'exact' });
    await expectSame(await diagonal(net, cut(marked, 3), { estimator: 'exact' }), await download(exact));
    // One sample a batch: the mean of the batch is the sample's own, and a batch of an ignored one does not count.
    const batch = await diagonal(net, cut(marked, 1), { estimator: 'batch' });
    await expectSame(batch, await oneByOne(net, kept));
  });

  test('are no part of the Gram matrix: it equals log det (δI + JᵀJ/N) of the others in f64', async () => {
    const { net, marked, kept } = await make();
    const at = await toReference(net, kept);
    const rows = jacobian(layers, at.state, at.inputs, at.labels);
    for (const damping of [1, 1e-3]) {
      const found = await gramLogDet(net, cut(marked, 3), { damping });
      expect(Math.abs(found - fullLogDet(rows, damping))).toBeLessThan(2e-4);
    }
  });

  test('are no part of the Kronecker factors: they equal those of the others in f64', async () => {
    const { net, marked, kept } = await make();
    const at = await toReference(net, kept);
    for (const damping of [1, 1e-3]) {
      const found = await kfacLogDet(net, cut(marked, 3), { damping });
      const expected = reference(layers, at.state, at.inputs, at.labels, damping);
      expect(Math.abs(found - expected)).toBeLessThan(2e-4);
    }
  });
});

test('the labels that mc draws keep ignored samples ignored, and the draws of the others', async () => {
  const net = makeNet(device.gpu, NETS['a perceptron'].layers);
  const all = makeSamples(device.gpu, [SAMPLES, 5], 3);
  const some = async (from: number, to: number) => {
    const labels = Int32Array.from({ length: SAMPLES }, (_, n) => (n >= from && n < to ? 0 : -100));
    const batch = { inputs: all.inputs, labels: device.gpu.tensor(labels, [SAMPLES]) };
    return download(await diagonal(net, [batch], { estimator: 'mc', seed: 2 }));
  };
  const [whole, first, last] = [await some(0, 7), await some(0, 3), await some(3, 7)];
  for (const [name, { shape, data }] of whole) {
    const sum = data.map(
      (_, i) => ((first.get(name)?.data[i] ?? 0) * 3 + (last.get(name)?.data[i] ?? 0) * 4) / 7,
    );
    expectClose({ shape, data: sum }, { shape, data }, { relative: 1e-5, absolute: 1e-9 });
  }
});

test('tokens of ignored samples are no part of the factor of a table', async () => {
  const { gpu } = device;
  class Words extends Module {
    readonly table = gpu.randn([4, 3], { seed: 1, requiresGrad: true });
    readonly out = new Linear(gpu, 3, 2);
    forward(x: Tensor): Tensor {
      return this.out.forward(mean(embedding(x, this.table), 1));
    }
  }
  const net = new Words();
  const batch = (tokens: number[], labels: number[]) => ({
    inputs: gpu.tensor(Int32Array.from(tokens), [labels.length, 2]),
    labels: gpu.tensor(Int32Array.from(labels), [labels.length]),
  });
  const expected = await kfacLogDet(net, [batch([0, 1, 2, 2], [0, 1])], { damping: 0.1 });
  const found = await kfacLogDet(net, [batch([0, 1, 3, 3, 2, 2, 0, 3], [0, -100, 1, -100])], {
    damping: 0.1,
  });
  expect(found).toBeCloseTo(expected, 4);
});

describe('samples that are all ignored', () => {
  const net = () => makeNet(device.gpu, NETS['a perceptron'].layers);
  const batch = () => ({
    ...makeSamples(device.gpu, [3, 5], 3),
    labels: device.gpu.tensor(Int32Array.of(-100, -100, -100), [3]),
  });
  const message = 'there are no samples that count: all labels are -100; give some a class';

  test('are refused, where the host knows the labels', async () => {
    for (const estimator of ['empirical', 'mc', 'exact', 'batch'] as const) {
      const found = diagonal(net(), [batch(), batch()], { estimator });
      await expect(found).rejects.toThrow(FisherError);
      await expect(found).rejects.toThrow(`diagonal: ${message}`);
    }
    await expect(gramLogDet(net(), [batch()], { damping: 1 })).rejects.toThrow(`gramLogDet: ${message}`);
  });

  test('are refused by what waits for the GPU, also where only that knows them', async () => {
    await expect(gramLogDet(net(), cut(batch(), 2), { damping: 1 })).rejects.toThrow(
      `gramLogDet: ${message}`,
    );
    await expect(kfacLogDet(net(), cut(batch(), 2), { damping: 1 })).rejects.toThrow(
      `kfacLogDet: ${message}`,
    );
  });
});

describe('a stray label', () => {
  const layers = NETS['a perceptron'].layers;
  const batches = (stray: number) => {
    const { inputs } = makeSamples(device.gpu, [4, 5], 3);
    const labels = (values: number[]) => device.gpu.tensor(Int32Array.from(values), [4]);
    return [
      { inputs, labels: labels([0, 1, 2, -100]) },
      { inputs, labels: labels([0, stray, 2, 1]) },
    ];
  };

  test.each([3, -1, 1_000_000])('%i is refused by its sample, and leaves nothing behind', async (stray) => {
    const net = makeNet(device.gpu, layers);
    const given = batches(stray);
    const { tensors } = await settledMemory(device.gpu);
    const text = `label ${stray} of sample 5 is outside [0, 3); number the classes from 0, pass the task's number of classes, or label the sample -100 to leave it out`;
    for (const estimator of ['empirical', 'batch'] as const) {
      const found = diagonal(net, given, { estimator });
      await expect(found).rejects.toThrow(StrayLabelError);
      await expect(found).rejects.toThrow(`diagonal: ${text}`);
    }
    await expect(gramLogDet(net, given, { damping: 1 })).rejects.toThrow(`gramLogDet: ${text}`);
    await expect(kfacLogDet(net, given, { damping: 1 })).rejects.toThrow(`kfacLogDet: ${text}`);
    expect(device.gpu.memory().tensors).toBe(tensors);
  });

  test('is none where the logits are padded to its class', async () => {
    const net = makeNet(device.gpu, layers);
    for (const fisher of [
      diagonal(net, batches(3), { classes: 4 }),
      gramLogDet(net, batches(3), { damping: 1, classes: 4 }),
      kfacLogDet(net, batches(3), { damping: 1, classes: 4 }),
    ])
      await expect(fisher).resolves.toBeDefined();
    await expect(diagonal(net, batches(4), { classes: 4 })).rejects.toThrow('is outside [0, 4)');
  });

  test('does not matter to estimators that do not read the labels', async () => {
    const net = makeNet(device.gpu, layers);
    for (const estimator of ['mc', 'exact'] as const) {
      const found = await diagonal(net, batches(3), { estimator });
      expect([...((await found.get('0.weight')?.data()) ?? [Number.NaN])].every(Number.isFinite)).toBe(true);
    }
  });

  test('of images on the GPU is refused, too', async () => {
    const { gpu } = device;
    const set = {
      name: 'toy',
      images: new Uint8Array(8),
      labels: new Uint8Array(2),
      shape: [1, 2, 2],
      classes: ['a'],
    } as const;
    const images = new DeviceImages(gpu, set, { mean: [0], std: [1] });
    const order = images.order(Uint32Array.of(0, 1, 0, 1), Int32Array.of(0, 1, 1, 2));
    const net = new Sequential(new Flatten(), new Linear(gpu, 4, 2));
    const given = [images.batch(order, 0, 2), images.batch(order, 2, 2)];
    await expect(diagonal(net, given)).rejects.toThrow('label 2 of sample 3 is outside [0, 2)');
  });

  test('that only the GPU knows makes the diagonal NaN', async () => {
    const net = makeNet(device.gpu, layers);
    const [, batch] = batches(3);
    const found = await diagonal(net, cut(batch, 4));
    expect([...((await found.get('0.bias')?.data()) ?? [])].every(Number.isNaN)).toBe(true);
  });
});

test('labels of another number than rows are refused by every estimator', async () => {
  const net = makeNet(device.gpu, NETS['a perceptron'].layers);
  const batch = {
    ...makeSamples(device.gpu, [4, 5], 3),
    labels: device.gpu.tensor(Int32Array.of(0, 1), [2]),
  };
  for (const estimator of ['empirical', 'mc', 'exact', 'batch'] as const) {
    await expect(diagonal(net, [batch], { estimator })).rejects.toThrow(
      'diagonal: labels [2] for 4 rows of logits, expected [4]',
    );
  }
});
