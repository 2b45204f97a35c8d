import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as api from '../../src/node';
import { fillSpecs, makeTensor } from '../../src/ops/sample';
import { Random } from '../../src/tensor/random';
import { leakOf, WRONG } from './walk';

type Door = readonly [path: string, what: unknown];

/** Not for users to call: they get what these make. */
const INNER = ['Tensor', 'nn.Module', 'optim.Optimizer'];
const isError = (what: unknown) => typeof what === 'function' && what.prototype instanceof Error;

function doorsOf(value: object, path: string, depth: number): Door[] {
  return Object.entries(value).flatMap(([name, member]): Door[] => {
    const own = path ? `${path}.${name}` : name;
    if (typeof member === 'function') return isError(member) || INNER.includes(own) ? [] : [[own, member]];
    const isGroup = typeof member === 'object' && member !== null && depth > 0 && !Array.isArray(member);
    return isGroup ? doorsOf(member, own, depth - 1) : [];
  });
}

const doors = doorsOf({ ...api }, '', 3);
const home = process.cwd();
let folder: string;
let gpu: api.Gpu;
beforeAll(async () => {
  gpu = await api.openGpu();
  folder = mkdtempSync(join(tmpdir(), 'taskgrad-doors-'));
  process.chdir(folder); // some take a path, and 'text' is one
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
  gpu.dispose();
});

/** The messages from inside that a function lets out, called with one thing in place of all its arguments. */
async function leaksOf(what: unknown): Promise<string[]> {
  const leaks: string[] = [];
  for (const [name, wrong] of WRONG) {
    for (const args of [[], [wrong], new Array(5).fill(wrong)]) {
      const leak = await leakOf(what, args);
      if (leak) leaks.push(`${args.length} × ${name}: ${leak}`);
    }
  }
  return leaks;
}

/** The same with one argument wrong at a time, also a member of the options, and the others right. */
async function leaksBeside(what: unknown, right: () => readonly unknown[]): Promise<string[]> {
  const leaks: string[] = [];
  const attempt = async (where: string, args: readonly unknown[]) => {
    const leak = await leakOf(what, args);
    if (leak) leaks.push(`${where}: ${leak}`);
  };
  for (const [name, wrong] of WRONG) {
    for (const [place, argument] of right().entries()) {
      await attempt(`argument ${place} ${name}`, right().with(place, wrong));
      if (!argument || Object.getPrototypeOf(argument) !== Object.prototype) continue;
      for (const member of Object.keys(argument as object)) {
        const options = { ...(right()[place] as object), [member]: wrong };
        await attempt(`${member} ${name}`, right().with(place, options));
      }
    }
  }
  return leaks;
}

test('there are doors in every namespace', () => {
  for (const space of [
    'ops',
    'nn',
    'optim',
    'models',
    'fisher',
    'nas',
    'data',
    'tasks',
    'training',
    'profiling',
  ])
    expect(
      doors.some(([path]) => path.startsWith(`${space}.`)),
      space,
    ).toBe(true);
  expect(doors.length).toBeGreaterThan(120);
});

describe('with wrong arguments nothing from inside comes out of', () => {
  test.each(doors.filter(([path]) => path !== 'openGpu'))('%s', async (_, what) => {
    expect(await leaksOf(what)).toEqual([]);
  });
});

describe('with one wrong argument among right ones nothing from inside comes out of', () => {
  const ops = doors.filter(([path]) => path.startsWith('ops.'));
  test.each(ops)('%s', async (_, what) => {
    const op = what as (typeof api.ops)['relu'];
    const [sample] = op.record.samples();
    const right = () => fillSpecs(sample.args, (spec) => makeTensor(gpu, spec, new Random(1))) as unknown[];
    expect(await leaksBeside(op, right)).toEqual([]);
  });

  const set = () => ({
    name: 'made up',
    images: new Uint8Array(4 * 9),
    labels: new Uint8Array(4),
    shape: [1, 3, 3],
    classes: ['a', 'b'],
  });
  const own = () => ({
    name: 'own',
    inputs: new Float32Array(4),
    labels: Int32Array.of(0, 1),
    shape: [2],
    classes: ['a', 'b'],
  });
  const targets = () => ({
    name: 'own',
    inputs: new Float32Array(4),
    shape: [2],
    targets: new Float32Array(2),
    targetShape: [1],
  });
  const net = () => new api.nn.Sequential(new api.nn.Flatten(), new api.nn.Linear(gpu, 9, 2));
  const images = () => new api.data.DeviceImages(gpu, set() as never, { mean: [0], std: [1] });
  const split = () => ({ indices: Uint32Array.of(0, 1), labels: Uint8Array.of(0, 1) });
  const batches = () => [{ inputs: gpu.ones([2, 9]), labels: gpu.tensor(Int32Array.of(0, 1), [2]) }];
  const fisher = () => new Map([['w', gpu.ones([3])]]);
  const matrix = () => ({
    tasks: [{ id: 'a' }, { id: 'b' }],
    seeds: [0],
    networkOf: async () => net(),
    dataOf: () => ({ batches, classes: 2 }),
  });
  const adam = () => new api.optim.Adam(net().parameters());
  const calls: [string, unknown, () => readonly unknown[]][] = [
    [
      'gpu.tensor',
      (...args: never[]) => gpu.tensor(...(args as unknown as [number[]])),
      () => [[1, 2], [2], { dtype: 'f32', requiresGrad: true }],
    ],
    [
      'gpu.zeros',
      (...args: never[]) => gpu.zeros(...(args as unknown as [number[]])),
      () => [[2], { dtype: 'f32', requiresGrad: true }],
    ],
    [
      'gpu.full',
      (...args: never[]) => gpu.full(...(args as unknown as [number[], number])),
      () => [[2], 1, { dtype: 'f32' }],
    ],
    [
      'gpu.randn',
      (...args: never[]) => gpu.randn(...(args as unknown as [number[]])),
      () => [[2], { seed: 1, stream: 2 }],
    ],
    [
      'gpu.arange',
      (...args: never[]) => gpu.arange(...(args as unknown as [number])),
      () => [3, { dtype: 'f32' }],
    ],
    ['gpu.manualSeed', (seed: never) => gpu.manualSeed(seed), () => [3]],
    ['tensor.write', (data: never) => gpu.zeros([2]).write(data), () => [[1, 2]]],
    ['tensor.view', (shape: never) => gpu.zeros([2]).view(shape), () => [[1, 2]]],
    ['backward', api.backward, () => [api.ops.sum(gpu.ones([2], { requiresGrad: true })), gpu.ones([])]],
    ['nn.Linear', api.nn.Linear, () => [gpu, 3, 2, { bias: true }]],
    [
      'nn.Conv2d',
      api.nn.Conv2d,
      () => [gpu, 3, 2, 3, { stride: 1, padding: 1, dilation: 1, groups: 1, bias: true }],
    ],
    ['nn.BatchNorm2d', api.nn.BatchNorm2d, () => [gpu, 3, { eps: 1e-5, momentum: 0.1, affine: true }]],
    ['nn.MaxPool2d', api.nn.MaxPool2d, () => [2, { stride: 2, padding: 0 }]],
    ['nn.Sequential', api.nn.Sequential, () => [new api.nn.ReLU(), new api.nn.ReLU()]],
    ['forward', (x: never) => net().forward(x), () => [gpu.ones([2, 9])]],
    ['loadStateDict', (state: never) => net().loadStateDict(state), () => [net().stateDict()]],
    [
      'exportOnnx',
      api.exportOnnx,
      () => [net(), { input: [1, 9] }, { classes: ['a', 'b'], mean: [0], std: [1], pixels: false }],
    ],
    [
      'optim.SGD',
      api.optim.SGD,
      () => [net().parameters(), { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0 }],
    ],
    [
      'optim.Adam',
      api.optim.Adam,
      () => [net().parameters(), { lr: 0.1, betas: [0.9, 0.99], eps: 1e-8, weightDecay: 0 }],
    ],
    ['optim.AdamW', api.optim.AdamW, () => [net().parameters(), { lr: 0.1, betas: [0.9, 0.99] }]],
    [
      'optim.RMSprop',
      api.optim.RMSprop,
      () => [
        [{ params: net().parameters(), lr: 0.1 }],
        { lr: 0.1, alpha: 0.9, eps: 1e-8, weightDecay: 0, momentum: 0.9, centered: true },
      ],
    ],
    ['optim.clipGradNorm', api.optim.clipGradNorm, () => [net().parameters(), 1, { normType: 2 }]],
    ['optim.LinearLR', api.optim.LinearLR, () => [adam(), { startFactor: 0.1, endFactor: 1, totalIters: 5 }]],
    [
      'optim.OneCycleLR',
      api.optim.OneCycleLR,
      () => [adam(), { maxLr: 0.1, totalSteps: 9, pctStart: 0.3, annealStrategy: 'cos', divFactor: 25 }],
    ],
    [
      'optim.SequentialLR',
      (optimizer: never, milestones: never) =>
        new api.optim.SequentialLR(optimizer, [new api.optim.StepLR(optimizer, { stepSize: 1 })], milestones),
      () => [adam(), []],
    ],
    [
      'optim.ReduceLROnPlateau',
      api.optim.ReduceLROnPlateau,
      () => [adam(), { mode: 'min', factor: 0.1, patience: 1, threshold: 0, minLr: 0, eps: 0 }],
    ],
    ['optim.StepLR', api.optim.StepLR, () => [adam(), { stepSize: 2, gamma: 0.1 }]],
    ['optim.CosineAnnealingLR', api.optim.CosineAnnealingLR, () => [adam(), { tMax: 2, etaMin: 0 }]],
    ['loadState', (state: never) => adam().loadState(state), () => [{ steps: 1, tensors: new Map() }]],
    [
      'data.DeviceImages',
      api.data.DeviceImages,
      () => [gpu, set(), { mean: [0], std: [1], pad: 0, channels: 1 }],
    ],
    ['data.subset', api.data.subset, () => [set(), [0, 1]]],
    ['data.fromArrays', api.data.fromArrays, () => [{ ...own(), mean: 0, std: [1, 1], name: 'mine' }]],
    ['data.fromArrays of targets', api.data.fromArrays, () => [{ ...targets(), mean: [0, 0] }]],
    ['data.DeviceSamples', api.data.DeviceSamples, () => [gpu, own(), { mean: [0, 0], std: [1, 1] }]],
    ['data.split', api.data.split, () => [own(), [0.5, 0.5], { seed: 1, stratify: true }]],
    ['data.split of targets', api.data.split, () => [targets(), [1, 1], { seed: 1 }]],
    ['data.whole', api.data.whole, () => [own()]],
    ['data.statistics', api.data.statistics, () => [own(), [0, 1]]],
    [
      'data.batches',
      (...args: never[]) => (api.data.batches as (...given: unknown[]) => AsyncGenerator)(...args).next(),
      () => [images(), split(), { batchSize: 1, seed: 1, epoch: 0, dropLast: true }],
    ],
    ['data.makeDataset', api.data.makeDataset, () => ['name', set(), set()]],
    ['data.checkLabels', api.data.checkLabels, () => [[0, 1], 2, 'labels']],
    ['tasks.holdout', api.tasks.holdout, () => [split(), 0.5, 1]],
    [
      'fisher.diagonal',
      api.fisher.diagonal,
      () => [net(), batches(), { estimator: 'empirical', classes: 2, seed: 1 }],
    ],
    ['fisher.fitHead', api.fisher.fitHead, () => [net(), batches(), { steps: 1 }]],
    ['fisher.measureMatrix', api.fisher.measureMatrix, () => [{ ...matrix(), measures: ['leep'] }]],
    [
      'fisher.distanceMatrix',
      api.fisher.distanceMatrix,
      () => [{ ...matrix(), head: 'matched', epsilon: 1e-6 }],
    ],
    ['fisher.gramLogDet', api.fisher.gramLogDet, () => [net(), batches(), { damping: 1 }]],
    ['fisher.kfacLogDet', api.fisher.kfacLogDet, () => [net(), batches(), { damping: 1 }]],
    ['fisher.logDetDistance', api.fisher.logDetDistance, () => [fisher(), fisher(), { epsilon: 1e-10 }]],
    ['fisher.frechetDistance', api.fisher.frechetDistance, () => [fisher(), fisher()]],
    ['fisher.shareBelow', api.fisher.shareBelow, () => [fisher(), 1e-10]],
    ['fisher.matchHead', api.fisher.matchHead, () => [net(), batches(), { classes: 2 }]],
    ['fisher.alignHead', api.fisher.alignHead, () => [fisher(), [1, 0]]],
    ['fisher.withoutHead', api.fisher.withoutHead, () => [fisher()]],
    [
      'training.evaluate',
      api.training.evaluate,
      () => [net(), images(), split(), 2, { mode: 'training', metrics: { one: () => gpu.ones([1]) } }],
    ],
    ['training.warmUp', api.training.warmUp, () => [net(), images(), 2, { crop: 1, flip: true }]],
    [
      'training.fit',
      api.training.fit,
      () => [net(), adam(), images(), split(), { name: 'run', epochs: 1, batchSize: 2, seed: 1 }],
    ],
    [
      'training.fit, validation',
      (validation: never) =>
        api.training.fit(net(), adam(), images(), split() as never, {
          name: 'run',
          epochs: 1,
          batchSize: 2,
          seed: 1,
          validation,
        }),
      () => [{ split: split(), batchSize: 2, patience: 1, keepBest: true, criterion: () => 1 }],
    ],
    ['training.saveTensors', api.training.saveTensors, () => ['file.safetensors', fisher(), {}]],
    ['models.NN2', api.models.NN2, () => [gpu, { classes: 2, channels: 1, size: 3, width: 0.01 }]],
  ];
  test.each(calls)('%s', async (_, what, right) => {
    expect(await leaksBeside(what, right)).toEqual([]);
  });
});
