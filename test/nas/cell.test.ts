import { beforeAll, describe, expect, test } from 'vitest';
import { backward } from '../../src/autograd/backward';
import { CellNetwork } from '../../src/nas/cell';
import { drawGenotype, type Genotype } from '../../src/nas/genotype';
import { Mixture } from '../../src/nas/mixture';
import { OPERATION_NAMES } from '../../src/nas/operations/table';
import { entropyOf } from '../../src/nas/shares';
import { crossEntropy } from '../../src/ops/cross-entropy';
import { Adam } from '../../src/optim/adam';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import { failure } from '../data/failure';
import { useGpu } from '../use-gpu';
import { cellOf } from './toy';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const networkOf = (genotype: Genotype) => new CellNetwork(gpu, genotype, { classes: 3, size: [4, 4] });
const labels = () => gpu.tensor(Int32Array.from([0, 2]), [2]);

/** Logits of an all-linear cell whose head sums each concatenated part by itself: [part 0, part 1, ...]. */
async function partSums(genotype: Genotype, x: number[]): Promise<number[]> {
  const parts = genotype.nodes - 1;
  const network = new CellNetwork(gpu, genotype, { classes: parts, size: [1, 2] });
  const width = 2 * genotype.channels;
  const head = Array.from({ length: parts * parts * width }, (_, i) =>
    Number(Math.floor((i % (parts * width)) / width) === Math.floor(i / (parts * width))),
  );
  network.classifier.weight.write(head);
  network.classifier.bias?.write(new Array(parts).fill(0));
  return [...(await network.forward(gpu.tensor(x, [1, genotype.channels, 1, 2])).data())];
}

describe('cell', () => {
  test('of four nodes sums into node 2 and concatenates nodes 0, 1 and 2', async () => {
    // Identity everywhere: node 1 = x, node 2 = x + node 1 = 2x.
    expect(await partSums(cellOf('skip_connect'), [1, 2, 3, 4])).toEqual([10, 10, 20]);
    const withoutChain = cellOf('skip_connect', 4, { '12': 'none', '03': 'none' });
    expect(await partSums(withoutChain, [1, 2, 3, 4])).toEqual([0, 10, 10]);
  });

  test('of three nodes concatenates nodes 0 and 1', async () => {
    expect(await partSums(cellOf('skip_connect', 3), [1, 2, 3, 4])).toEqual([10, 10]);
    expect(await partSums(cellOf('skip_connect', 3, { '01': 'none' }), [1, 2, 3, 4])).toEqual([10, 0]);
  });

  test('applies ReLU before the head', async () => {
    expect(await partSums(cellOf('skip_connect', 3), [-1, 2, -3, 4])).toEqual([6, 6]);
  });

  test('names parameters by edge, and those of the head classifier', () => {
    const genotype = cellOf('skip_connect', 4, { '01': 'dil_conv_3x3', '23': 'conv_7x1_1x7' });
    const names = [...networkOf(genotype).parameters().keys()];
    const head = ['classifier.weight', 'classifier.bias'];
    expect(names).toEqual(['01.1.weight', '01.2.weight', '23.1.weight', '23.2.weight', ...head]);
  });

  test('every parameter of drawn cells of both sizes gets a gradient', async () => {
    for (const nodes of [3, 4] as const) {
      const network = networkOf(drawGenotype(OPERATION_NAMES.slice(4), new Random(nodes), nodes, 2));
      backward(crossEntropy(network.forward(gpu.randn([2, 2, 4, 4], { seed: 1 })), labels()));
      for (const [name, { grad, shape }] of network.parameters()) {
        expect(grad?.shape, name).toEqual(shape);
        const values = [...((await grad?.data()) ?? [])];
        expect(
          values.some((value) => value !== 0),
          name,
        ).toBe(true);
        expect(values.every(Number.isFinite), name).toBe(true);
      }
    }
  });

  test('of none everywhere still trains its head', async () => {
    const network = networkOf(cellOf('none'));
    const adam = new Adam(network.parameters(), { lr: 0.1 });
    const before = [...((await network.classifier.bias?.data()) ?? [])];
    backward(crossEntropy(network.forward(gpu.ones([2, 2, 4, 4])), labels()));
    adam.step();
    const after = [...((await network.classifier.bias?.data()) ?? [])];
    expect(before.map((value, i) => Math.sign(after[i] - value))).toEqual([1, -1, 1]);
  });

  test('builds nothing for an edge that carries nothing', () => {
    const network = networkOf(cellOf('sep_conv_3x3', 4, { '12': 'none', '13': 'none' }));
    expect([...network.parameters().keys()].filter((name) => name.startsWith('01'))).toEqual([]);
  });

  test('refuses images of another number of channels', async () => {
    const error = await failure(() => networkOf(cellOf('none')).forward(gpu.ones([2, 1, 4, 4])));
    expect(error).toMatchObject({ message: expect.stringContaining('expects [N,2,H,W]') });
  });
});

describe('mixture', () => {
  const softmax = (alpha: number[]) => {
    const powers = alpha.map(Math.exp);
    return powers.map((power) => power / powers.reduce((a, b) => a + b));
  };

  test('is the sum of its candidates, weighted by softmax of α', async () => {
    const networks = [cellOf('skip_connect'), cellOf('max_pool_3x3'), cellOf('dil_conv_3x3')].map(networkOf);
    const mixture = new Mixture(gpu, networks);
    const x = gpu.randn([2, 2, 4, 4], { seed: 2 });
    const alpha = [0.5, -1, 2];
    mixture.alpha.write(alpha);
    const logits = await Promise.all(networks.map((network) => network.forward(x).data()));
    const mixed = await mixture.forward(x).data();
    mixed.forEach((value, i) => {
      const expected = softmax(alpha).reduce((sum, share, k) => sum + share * logits[k][i], 0);
      expect(value).toBeCloseTo(expected, 4);
    });
  });

  test('begins with equal shares', async () => {
    const mixture = new Mixture(gpu, [networkOf(cellOf('none')), networkOf(cellOf('skip_connect'))]);
    expect([...(await mixture.alpha.data())]).toEqual([1, 1]);
    expect([...mixture.weights().keys()]).not.toContain('alpha');
    expect([...mixture.stateDict().keys()]).toContain('alpha');
  });

  test('the entropy is ln K for equal α, and 0 for a clear winner', () => {
    expect(entropyOf([1, 1, 1])).toBeCloseTo(Math.log(3), 12);
    expect(entropyOf([500, -500])).toBe(0);
    const [p, q] = softmax([0.3, -0.4]);
    expect(entropyOf([0.3, -0.4])).toBeCloseTo(-p * Math.log(p) - q * Math.log(q), 12);
  });
});
