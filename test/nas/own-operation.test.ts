import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import { idleShare } from '../../src/nas/collapse';
import { Supernet } from '../../src/nas/supernet';
import { nas, nn, openGpu } from '../../src/node';
import { crossEntropy } from '../../src/ops/cross-entropy';
import { cellSvg } from '../../src/report/cell';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { failure } from '../data/failure';
import { expectClose } from '../reference/close';
import { conv2d } from '../reference/conv';
import { relu } from '../reference/elementwise';
import { numericGradient } from '../reference/gradient';
import { crossEntropy as lossOf } from '../reference/loss';
import { linear } from '../reference/matmul';
import { batchNorm2dTrain } from '../reference/norm';
import { type Ref, ref } from '../reference/ref';
import { concat, flatten } from '../reference/shape';
import { parseXml } from '../report/xml';
import { toyData, toySettings } from './toy';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.dispose());

/** A pointwise convolution and batch norm, which no built-in operation is. */
const conv = nas.defineOperation({
  name: 'conv_1x1_norm',
  build: (gpu, channels, affine, stride) =>
    new nn.Sequential(
      new nn.Conv2d(gpu, channels, channels, 1, { stride, bias: false }),
      new nn.BatchNorm2d(gpu, channels, { affine }),
    ),
});
/** What passes on and computes nothing, by another name. */
const wire = nas.defineOperation({
  name: 'wire',
  effect: 'identity',
  build: (gpu, channels, affine, stride) => nas.OPERATIONS.skip_connect.build(gpu, channels, affine, stride),
});

const edges = { '01': conv.name, '02': 'skip_connect', '12': conv.name };
const genotype = nas.makeGenotype(3, 2, edges);

describe('an operation of the program’s own', () => {
  test('goes through the JSON of a genotype, hash and all', () => {
    // fnv1a64('3/2/01=conv_1x1_norm/02=skip_connect/12=conv_1x1_norm'), computed with Python.
    expect(genotype.hash).toBe('622190da51561f31');
    expect(nas.parseGenotype(JSON.parse(JSON.stringify(genotype)))).toEqual(genotype);
  });

  test('gives a cell the loss and the gradients of its definition in f64', async () => {
    const net = new nas.CellNetwork(gpu, genotype, { classes: 3, size: [3, 2] });
    const x = gpu.randn([4, 2, 3, 2], { seed: 5, requiresGrad: true });
    const labels = [0, 2, 1, 2];
    const parameters = net.parameters();
    const names = ['01.0.weight', '12.0.weight', 'classifier.weight', 'classifier.bias'];
    expect([...parameters.keys()]).toEqual(names);

    const asRef = async ({ shape, data }: { shape: readonly number[]; data(): Promise<ArrayLike<number>> }) =>
      ref(shape, await data());
    const leaves = [x, ...[...parameters.values()]];
    const values: Ref[] = [];
    for (const leaf of leaves) values.push(await asRef({ shape: leaf.shape, data: () => leaf.data() }));
    const own = (image: Ref, weight: Ref) => batchNorm2dTrain(conv2d(image, weight));
    /** Node 1 is the first edge's; the output is x beside what node 1 becomes. */
    const forward = ([images, first, second, weight, bias]: Ref[]): Ref => {
      const output = concat([images, own(own(images, first), second)], 1);
      return lossOf(linear(flatten(relu(output), 1), weight, bias), ref([4], labels));
    };

    const loss = crossEntropy(net.forward(x), gpu.tensor(Int32Array.from(labels), [4]));
    const close = { absolute: 2e-5, relative: 2e-4 };
    expectClose({ shape: loss.shape, data: await loss.data() }, forward(values), close);
    for (const [i, gradient] of grad(loss, leaves).entries()) {
      const expected = numericGradient(forward, values, i, ref([], [1]));
      expectClose({ shape: gradient.shape, data: await gradient.data() }, expected, close);
    }
  });

  test('halves the image in the reductions of a stack', () => {
    const stack = new nas.CellNetwork(gpu, nas.makeGenotype(3, 2, { ...edges, '02': conv.name }), {
      classes: 3,
      size: [9, 9],
      inputs: 1,
      backbone: { cells: 3 },
    });
    expect(stack.forward(gpu.randn([2, 1, 9, 9], { seed: 1 })).shape).toEqual([2, 3]);
    expect([...stack.parameters().keys()]).toContain('cells.2.02.0.weight');
  });

  test.each(['fuse', 'random', 'darts'] as const)('can be all that %s searches', async (method) => {
    const data = toyData(gpu);
    const operations = [conv.name, 'skip_connect'];
    const space = { name: 'mine', operations, reason: '' };
    const { winner, rounds } = await nas.search(gpu, method, data, { ...toySettings, space });
    const all = [winner, ...rounds.flatMap(({ candidates }) => candidates)];
    const used = new Set(all.flatMap(({ edges }) => Object.values(edges)));
    for (const name of used) expect(operations).toContain(name);
    if (method === 'random') expect(used).toContain(conv.name);
    data.dispose();
  });

  test('is drawn with its name', () => {
    const drawn = cellSvg(genotype, (name) => (name === 'skip_connect' ? 'identity' : 'learned'));
    expect(parseXml(drawn).attributes.get('aria-label')).toContain(
      `0 to 1 ${conv.name}, 0 to 2 skip_connect`,
    );
    expect(drawn.split(`>${conv.name}<`)).toHaveLength(3);
  });

  test('comes into the task-aware space where the closest task’s cells use it', () => {
    const { operations } = nas.taskAwareSpace('1', nas.withEntry({}, '1', genotype, 0.9));
    expect(operations).toEqual(['skip_connect', conv.name]);
    expect(nas.standardSpace.operations).toEqual(nas.OPERATION_NAMES);
    expect(nas.OPERATION_NAMES).not.toContain(conv.name);
  });

  test('counts as idle where it only passes on', () => {
    const idle = nas.makeGenotype(3, 2, { '01': wire.name, '02': wire.name, '12': conv.name });
    expect(idleShare(idle)).toBe(2 / 3);
    expect(nas.collapseWarnings(idle)).toEqual([
      expect.stringContaining('2 of its 3 edges are skip_connect or wire or none'),
    ]);
  });
});

describe('an operation that gives another shape', () => {
  /** One channel, which a sum would broadcast over all. */
  const thin = nas.defineOperation({
    name: 'thin',
    build: (gpu, channels) => new nn.Conv2d(gpu, channels, 1, 1),
  });

  test('is refused by the cell, which names its edge', async () => {
    const cell = nas.makeGenotype(4, 2, {
      '01': 'skip_connect',
      '02': thin.name,
      '03': 'none',
      '12': 'skip_connect',
      '13': 'none',
      '23': 'skip_connect',
    });
    const net = new nas.CellNetwork(gpu, cell, { classes: 3, size: [4, 4] });
    expect(await failure(() => net.forward(gpu.ones([2, 2, 4, 4])))).toMatchObject({
      message: expect.stringMatching(/edge 02 gives \[2,1,4,4\], expected \[2,2,4,4\]; its operation has to/),
    });
  });

  test('is refused by the supernet, which names it', async () => {
    const supernet = new Supernet(gpu, {
      nodes: 3,
      channels: 2,
      operations: ['skip_connect', thin.name],
      classes: 3,
      image: [2, 4, 4],
    });
    expect(await failure(() => supernet.forward(gpu.ones([2, 2, 4, 4])))).toMatchObject({
      message: expect.stringMatching(/operation thin gives \[2,1,4,4\], expected \[2,2,4,4\]/),
    });
  });
});

describe('a definition is refused', () => {
  const build = (): never => {
    throw new Error('never built');
  };
  /** As a program without types would call it. */
  const define = (definition: object) => Reflect.apply(nas.defineOperation, undefined, [definition]);

  test.each([
    '',
    'Conv',
    '1x1',
    'conv-1x1',
    'conv.1',
    'a=b',
    'conv/1',
    'größe',
    'a'.repeat(33),
    7,
    undefined,
  ])('with the name %j', async (name) => {
    expect(await failure(() => define({ name, build }))).toMatchObject({
      code: 'OPERATION',
      message: expect.stringMatching(/the name is .*, expected at most 32 small letters, digits and/),
    });
  });

  test.each(['none', 'sep_conv_3x3', 'conv_1x1_norm'])('with the name %s, which is taken', async (name) => {
    expect(await failure(() => define({ name, build }))).toMatchObject({
      code: 'OPERATION',
      message: expect.stringMatching(new RegExp(`'${name}' is taken; .*choose a new name`)),
    });
  });

  test('with an effect that there is not, or nothing to build it by', async () => {
    expect(await failure(() => define({ name: 'odd', effect: 'magic', build }))).toMatchObject({
      code: 'OPERATION',
      message: expect.stringMatching(
        /effect of 'odd' is 'magic', expected nothing, identity, fixed, learned/,
      ),
    });
    expect(await failure(() => define({ name: 'odd' }))).toMatchObject({
      code: 'OPERATION',
      message: expect.stringMatching(/build of 'odd' is missing, expected a function/),
    });
  });
});

describe('an operation that nobody has defined is refused by name, with what to do', () => {
  const advice = /unknown operation 'mystery'; known are none, .*one of your own has to be defined first/;

  test('in a genotype’s file', async () => {
    const file = JSON.parse(JSON.stringify(genotype).replaceAll(conv.name, 'mystery'));
    expect(await failure(() => nas.parseGenotype(file))).toMatchObject({
      code: 'GENOTYPE',
      message: expect.stringMatching(advice),
    });
  });

  test('in a genotype that is made', async () => {
    const wrong = { ...edges, '02': 'mystery' };
    expect(await failure(() => nas.makeGenotype(3, 2, wrong))).toMatchObject({
      code: 'GENOTYPE',
      message: expect.stringMatching(/field edges\.02: unknown operation 'mystery'/),
    });
  });

  test('in a search space', async () => {
    const data = toyData(gpu);
    const space = { name: 'mine', operations: ['mystery', 'skip_connect'], reason: '' };
    const error = await failure(() => nas.randomSearch(gpu, data, { ...toySettings, space }));
    expect(error).toMatchObject({ code: 'OPERATION', message: expect.stringMatching(advice) });
    data.dispose();
  });
});

test('every built-in operation has the effect that its record tells', async () => {
  const x = gpu.randn([2, 2, 5, 5], { seed: 3 });
  for (const { name, effect, build } of Object.values(nas.OPERATIONS)) {
    const operation = build(gpu, 2, false, 1);
    const y: Tensor = operation.forward(x);
    expect(operation.parameters().size > 0, name).toBe(effect === 'learned');
    const [seen, given] = [[...(await y.data())], [...(await x.data())]];
    expect(
      seen.every((value) => value === 0),
      name,
    ).toBe(effect === 'nothing');
    expect(
      seen.every((value, i) => value === given[i]),
      name,
    ).toBe(effect === 'identity');
  }
});
