import { beforeAll, describe, expect, test } from 'vitest';
import { backward } from '../../src/autograd/backward';
import { CellNetwork } from '../../src/nas/cell';
import { drawGenotype, makeGenotype } from '../../src/nas/genotype';
import type { OperationName } from '../../src/nas/operations/defined';
import { discretise, Supernet } from '../../src/nas/supernet';
import { crossEntropy } from '../../src/ops/cross-entropy';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import { useGpu } from '../use-gpu';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const OPERATIONS: readonly OperationName[] = ['none', 'skip_connect', 'dil_conv_3x3', 'max_pool_3x3'];
const FORM = { nodes: 3, channels: 2, operations: OPERATIONS, classes: 3, image: [2, 5, 5] } as const;
const images = (seed: number) => gpu.randn([2, 2, 5, 5], { seed });

describe.each([
  ['one cell', undefined],
  ['a stack of three', { cells: 3 }],
] as const)('the supernet of %s', (_, backbone) => {
  const supernetOf = () => new Supernet(gpu, { ...FORM, backbone });

  /** The network of a genotype with the supernet's own weights. */
  function extracted(supernet: Supernet, genotype: ReturnType<typeof makeGenotype>) {
    const options = { classes: 3, size: [5, 5], inputs: 2, backbone } as const;
    const net = new CellNetwork(gpu, genotype, options);
    const own = supernet.stateDict();
    const pick = (name: string) => {
      const edge = /(?:cells\.(\d+)\.)?(\d\d)\.(.*)/.exec(name);
      if (!edge) return own.get(name);
      const [, cell, at, rest] = edge;
      // With three cells the last two are reductions.
      const { edges: normal, reduction = normal } = genotype;
      const operation = (Number(cell) > 0 ? reduction : normal)[at];
      return own.get(`${cell === undefined ? '' : `cells.${cell}.`}${at}.${operation}.${rest}`);
    };
    net.loadStateDict(
      new Map(
        [...net.stateDict().keys()].map((name) => {
          const value = pick(name);
          if (!value) throw new Error(`the supernet has nothing for ${name}`);
          return [name, value];
        }),
      ),
    );
    return net;
  }

  test('in one of its cells is that cell by itself, weights and all', async () => {
    const supernet = supernetOf();
    for (const seed of [1, 2, 3]) {
      const genotype = drawGenotype(OPERATIONS, new Random(seed), 3, 2, backbone !== undefined);
      const x = images(seed);
      const expected = await extracted(supernet, genotype).forward(x).data();
      const found = await supernet.forwardOf(genotype, x).data();
      found.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i], 4);
      });
    }
  });

  test('with a large α on one operation of each edge comes to the same', async () => {
    const supernet = supernetOf();
    const genotype = drawGenotype(OPERATIONS.slice(1), new Random(4), 3, 2, backbone !== undefined);
    const { edges: normal, reduction = normal } = genotype;
    [...supernet.alphas().values()].forEach((alpha, kind) => {
      const edges = kind === 0 ? normal : reduction;
      alpha.write(
        ['01', '02', '12'].flatMap((edge) => OPERATIONS.map((name) => (name === edges[edge] ? 80 : -80))),
      );
    });
    const x = images(9);
    const [mixed, alone] = [await supernet.forward(x).data(), await supernet.forwardOf(genotype, x).data()];
    mixed.forEach((value, i) => {
      expect(value).toBeCloseTo(alone[i], 4);
    });
  });

  test('gives α and every weight a gradient, and keeps them apart', async () => {
    const supernet = supernetOf();
    backward(crossEntropy(supernet.forward(images(5)), gpu.tensor(Int32Array.of(0, 2), [2])));
    const [alphas, weights] = [supernet.alphas(), supernet.weights()];
    expect([...alphas.keys()]).toEqual(backbone ? ['alpha', 'alphaReduction'] : ['alpha']);
    expect([...weights.keys()].filter((name) => alphas.has(name))).toEqual([]);
    expect(alphas.size + weights.size).toBe(supernet.parameters().size);
    for (const [name, { grad }] of [...alphas, ...weights]) {
      const values = [...((await grad?.data()) ?? [])];
      expect(values.some((value) => value !== 0) && values.every(Number.isFinite), name).toBe(true);
    }
  });
});

describe('the cell of the largest α', () => {
  const form = { nodes: 3, channels: 2, operations: OPERATIONS } as const;

  test('takes the best operation of each edge but none', () => {
    const alpha = [
      [9, 0, 1, 0.5],
      [0, -1, -2, -0.5],
      [0, 2, 1, 2],
    ];
    const edges = { '01': 'dil_conv_3x3', '02': 'max_pool_3x3', '12': 'skip_connect' } as const;
    expect(discretise(form, alpha)).toEqual(makeGenotype(3, 2, edges));
  });

  test('has a reduction cell of its own where there is an α for it', () => {
    const [a, b] = [[[0, 1, 0, 0]], [[0, 0, 0, 1]]].map((row) => [row, row, row].flat());
    const of = (operation: OperationName) => ({ '01': operation, '02': operation, '12': operation });
    expect(discretise(form, a, b)).toEqual(makeGenotype(3, 2, of('skip_connect'), of('max_pool_3x3')));
  });
});
