import { beforeAll, describe, expect, test } from 'vitest';
import { backward } from '../../src/autograd/backward';
import { cellsOf, edgeStride } from '../../src/nas/backbone';
import { CellNetwork } from '../../src/nas/cell';
import { drawGenotype, type Genotype, makeGenotype, parseGenotype } from '../../src/nas/genotype';
import type { OperationName } from '../../src/nas/operations/defined';
import { FactorizedReduction } from '../../src/nas/operations/skip-connect';
import { OPERATION_NAMES } from '../../src/nas/operations/table';
import { crossEntropy } from '../../src/ops/cross-entropy';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';
import { failure } from '../data/failure';
import { expectClose } from '../reference/close';
import { conv2d } from '../reference/conv';
import { relu } from '../reference/elementwise';
import { batchNorm2dTrain } from '../reference/norm';
import { at, build, type Ref, ref } from '../reference/ref';
import { useGpu } from '../use-gpu';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const CLASSES = 3;
const stackOf = (genotype: Genotype, cells: number, { inputs = 3, size = 9, affine = false } = {}) =>
  new CellNetwork(gpu, genotype, {
    classes: CLASSES,
    size: [size, size],
    inputs,
    affine,
    backbone: { cells },
  });
const everywhere = (operation: OperationName, channels = 4) =>
  makeGenotype(3, channels, { '01': operation, '02': operation, '12': operation });

describe('a stack of cells', () => {
  test('has its reductions at a third and two thirds, where channels double', () => {
    const plan = (cells: number) => cellsOf({ cells }, 8).map(({ kind, channels }) => `${kind} ${channels}`);
    expect(plan(3)).toEqual(['normal 8', 'reduction 16', 'reduction 32']);
    expect(plan(8)).toEqual([
      ...['normal 8', 'normal 8', 'reduction 16', 'normal 16', 'normal 16'],
      ...['reduction 32', 'normal 32', 'normal 32'],
    ]);
    const twenty = cellsOf({ cells: 20 }, 1).filter(({ kind }) => kind === 'reduction');
    expect(twenty.map(({ channels }) => channels)).toEqual([2, 4]);
  });

  test('halves the image on the edges from a reduction cell’s input alone', () => {
    expect(['01', '02', '12'].map((edge) => edgeStride('reduction', edge))).toEqual([2, 2, 1]);
    expect(['01', '02', '12'].map((edge) => edgeStride('normal', edge))).toEqual([1, 1, 1]);
  });

  test.each([2, 3.5, 0, -3])('refuses %s cells', async (cells) => {
    const error = await failure(() => stackOf(everywhere('none'), cells));
    expect(error).toMatchObject({
      code: 'SEARCH_OPTION',
      message: expect.stringContaining(`cells is ${cells}`),
    });
  });

  test.each(OPERATION_NAMES)(
    'of %s everywhere, on images of odd size, gives logits and learns',
    async (name) => {
      const net = stackOf(everywhere(name), 3);
      const logits = net.forward(gpu.randn([2, 3, 9, 9], { seed: 3 }));
      expect(logits.shape).toEqual([2, CLASSES]);
      backward(crossEntropy(logits, gpu.tensor(Int32Array.from([0, 2]), [2])));
      const bias = await net.classifier.bias?.grad?.data();
      expect(bias?.some((value) => Math.abs(value) > 0.01)).toBe(true);
    },
  );

  test('has as many parameters as the sum over its parts, by hand', () => {
    // Three nodes, dil_conv_3x3: 9 C of the depthwise and C² of the pointwise kernel on each of three edges.
    const cell = (channels: number) => 3 * (9 * channels + channels ** 2);
    const [inputs, c] = [3, 4];
    const stem = inputs * c * 9;
    // The second cell takes the first one's two nodes of C channels in, the third the second one's of 2 C.
    const enter = [2 * c * (2 * c), 2 * (2 * c) * (4 * c)];
    const head = 2 * (4 * c) * CLASSES + CLASSES;
    const expected = stem + cell(c) + cell(2 * c) + cell(4 * c) + enter[0] + enter[1] + head;
    expect(stackOf(everywhere('dil_conv_3x3'), 3).parameterCount()).toBe(expected);
    // With affine batch norms two values a channel: stem, every edge, both entrances.
    const norms = 2 * (c + 3 * (c + 2 * c + 4 * c) + 2 * c + 4 * c);
    expect(stackOf(everywhere('dil_conv_3x3'), 3, { affine: true }).parameterCount()).toBe(expected + norms);
  });

  test('names parameters by cell and edge', () => {
    const genotype = makeGenotype(3, 2, { '01': 'skip_connect', '02': 'none', '12': 'dil_conv_3x3' });
    expect([...stackOf(genotype, 3).parameters().keys()]).toEqual([
      'stem.0.weight',
      'cells.0.12.1.weight',
      'cells.0.12.2.weight',
      'cells.1.enter.1.weight',
      ...['cells.1.01.even.weight', 'cells.1.01.odd.weight'],
      ...['cells.1.12.1.weight', 'cells.1.12.2.weight'],
      'cells.2.enter.1.weight',
      ...['cells.2.01.even.weight', 'cells.2.01.odd.weight'],
      ...['cells.2.12.1.weight', 'cells.2.12.2.weight'],
      ...['classifier.weight', 'classifier.bias'],
    ]);
  });

  test('gives every parameter of drawn cells a gradient', async () => {
    const genotype = drawGenotype(OPERATION_NAMES.slice(4), new Random(7), 4, 2, true);
    const net = stackOf(genotype, 4);
    backward(
      crossEntropy(
        net.forward(gpu.randn([3, 3, 9, 9], { seed: 1 })),
        gpu.tensor(Int32Array.of(0, 1, 2), [3]),
      ),
    );
    for (const [name, { grad }] of net.parameters()) {
      const values = [...((await grad?.data()) ?? [])];
      expect(values.some((value) => value !== 0) && values.every(Number.isFinite), name).toBe(true);
    }
  });

  test('goes through a state dict: the same logits in evaluation', async () => {
    const genotype = drawGenotype(OPERATION_NAMES, new Random(9), 4, 2, true);
    const [one, other] = [stackOf(genotype, 3, { affine: true }), stackOf(genotype, 3, { affine: true })];
    const x = gpu.randn([2, 3, 9, 9], { seed: 2 });
    one.forward(x);
    other.loadStateDict(one.stateDict());
    const [a, b] = [await one.eval().forward(x).data(), await other.eval().forward(x).data()];
    expect(b).toEqual(a);
    expect(new Set(a).size).toBeGreaterThan(1);
  });

  test('refuses images of other channels than it was built for', async () => {
    const error = await failure(() => stackOf(everywhere('none'), 3).forward(gpu.ones([1, 1, 9, 9])));
    expect(error).toMatchObject({ message: expect.stringContaining('expects [N,3,H,W]') });
  });
});

describe('a genotype with a reduction cell', () => {
  const edges = { '01': 'none', '02': 'skip_connect', '12': 'sep_conv_3x3' } as const;
  const other = { ...edges, '01': 'max_pool_3x3' } as const;

  test('goes through JSON, and is another one than without', () => {
    const genotype = makeGenotype(3, 4, edges, other);
    expect(parseGenotype(JSON.parse(JSON.stringify(genotype)))).toEqual(genotype);
    expect(genotype.hash).not.toBe(makeGenotype(3, 4, edges).hash);
    expect(genotype.hash).not.toBe(makeGenotype(3, 4, other, edges).hash);
  });

  test('of the same operations is the one without', () => {
    expect(makeGenotype(3, 4, edges, edges)).toEqual(makeGenotype(3, 4, edges));
  });

  test('is refused where an edge of the reduction is wrong', async () => {
    const genotype = JSON.parse(JSON.stringify(makeGenotype(3, 4, edges, other)));
    genotype.reduction['02'] = 'conv_9x9';
    expect(await failure(() => parseGenotype(genotype))).toMatchObject({
      message: expect.stringContaining("reduction.02: unknown operation 'conv_9x9'"),
    });
  });
});

describe('the skip connection that halves an image', () => {
  const half = async (input: Ref, { weight }: { weight: Tensor }) =>
    conv2d(input, ref(weight.shape, await weight.data()), { stride: [2, 2] });

  /** On channels: a convolution of the pixels as they are, and one of all pixels moved up and left by one. */
  async function reference(net: FactorizedReduction, x: Ref): Promise<Ref> {
    const seen = relu(x);
    const [, , height, width] = x.shape;
    const moved = build(x.shape, ([n, c, row, column]) =>
      row + 1 < height && column + 1 < width ? at(seen, [n, c, row + 1, column + 1]) : 0,
    );
    const [even, odd] = [await half(seen, net.even), await half(moved, net.odd)];
    const [n, channels, ...plane] = even.shape;
    const both = build([n, 2 * channels, ...plane], ([sample, c, ...pixel]) =>
      c < channels ? at(even, [sample, c, ...pixel]) : at(odd, [sample, c - channels, ...pixel]),
    );
    return batchNorm2dTrain(both);
  }

  test.each([
    [4, 4],
    [5, 6],
    [6, 5],
    [7, 7],
  ])('is its definition in f64 on %i × %i pixels', async (height, width) => {
    const net = new FactorizedReduction(gpu, 4, false);
    const x = gpu.randn([2, 4, height, width], { seed: height });
    const y = net.forward(x);
    const expected = await reference(net, ref(x.shape, await x.data()));
    expectClose({ shape: y.shape, data: await y.data() }, expected, { absolute: 1e-4, relative: 1e-4 });
  });

  test('needs an even number of channels', async () => {
    const error = await failure(() => new FactorizedReduction(gpu, 3, false));
    expect(error).toMatchObject({ message: expect.stringContaining('3 channels, expected an even number') });
  });
});
