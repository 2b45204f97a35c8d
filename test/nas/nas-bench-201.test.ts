import { beforeAll, describe, expect, test } from 'vitest';
import { architectureText, parseArchitecture } from '../../src/nas/architecture-text';
import { runSummingCell } from '../../src/nas/cell-pass';
import { averageStepCost, stepCost } from '../../src/nas/cost';
import { makeGenotype } from '../../src/nas/genotype';
import { randomSearch } from '../../src/nas/methods/random-search';
import { nasBench201Frame, nasBench201Space } from '../../src/nas/nas-bench-201';
import { OPERATION_NAMES, OPERATIONS } from '../../src/nas/operations/table';
import { scores } from '../../src/nas/scores/score';
import { drawAny } from '../../src/nas/space';
import { Supernet } from '../../src/nas/supernet';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import { failure } from '../data/failure';
import { useGpu } from '../use-gpu';
import { toyData, toySettings } from './toy';

const ALL_OF = (op: string) => `|${op}~0|+|${op}~0|${op}~1|+|${op}~0|${op}~1|${op}~2|`;
const MIXED = '|nor_conv_3x3~0|+|nor_conv_1x1~0|none~1|+|skip_connect~0|avg_pool_3x3~1|nor_conv_3x3~2|';

describe('architectures as text', () => {
  test('NAS-Bench-201’s are read edge by edge, and written as they were', () => {
    const cell = parseArchitecture(MIXED, 16);
    expect(cell).toMatchObject({
      nodes: 4,
      channels: 16,
      edges: {
        '01': 'nor_conv_3x3',
        '02': 'nor_conv_1x1',
        '12': 'none',
        '03': 'skip_connect',
        '13': 'avg_pool_3x3',
        '23': 'nor_conv_3x3',
      },
    });
    expect(architectureText(cell)).toBe(MIXED);
  });

  test.each([
    ['', /'' has the group ''|has 1 groups/],
    ['|none~0|', /has 1 groups, expected '\|op~0\|/],
    ['|none~0|+|none~0|none~1|+|none~0|none~1|', /lacks what node 3 takes of node 2/],
    ['|none~0|+|none~1|none~0|', /takes 'none~1' in place 0 of node 2/],
    ['|none~0|+|none~0|none~1|none~2|', /takes 'none~2' in place 2 of node 2/],
    ['|none~0|+|none~0,none~1|', /has the group/],
    ['|none~0|+|none~0|luck~1|', /unknown operation 'luck'/],
  ])('%s is refused', async (text, message) => {
    expect(await failure(() => parseArchitecture(text, 4))).toMatchObject({
      code: 'GENOTYPE',
      message: expect.stringMatching(message),
    });
  });

  test('a genotype with a reduction cell of its own has none', async () => {
    const edges = { '01': 'none', '02': 'none', '12': 'skip_connect' };
    const cell = makeGenotype(3, 2, edges, { ...edges, '01': 'skip_connect' });
    expect(await failure(() => architectureText(cell))).toMatchObject({ code: 'GENOTYPE' });
  });
});

describe('NAS-Bench-201’s space', () => {
  const held = useGpu();
  let gpu: Gpu;
  beforeAll(() => {
    ({ gpu } = held);
  });
  const { backbone } = nasBench201Frame;

  test('its operations leave the standard space as it was', () => {
    expect(OPERATION_NAMES).not.toContain('nor_conv_3x3');
    for (const name of nasBench201Space.operations) expect(Object.hasOwn(OPERATIONS, name), name).toBe(true);
    const drawn = drawAny(nasBench201Space, nasBench201Frame, 20, new Random(0));
    expect(drawn.every(({ reduction }) => reduction === undefined)).toBe(true);
  });

  // Published: parameters in M and FLOPs in M of the smallest and of the largest network for CIFAR-10, as its API gives
  // them. Its FLOPs are multiply-adds of convolutions and of the head, whose bias counts 10. The third by hand.
  test.each([
    ['|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|', 0.073306, 7.78305],
    [ALL_OF('nor_conv_3x3'), 1.531546, 220.11969],
    ['|none~0|+|none~0|none~1|+|nor_conv_1x1~0|none~1|skip_connect~2|', 0.073306 + 0.028, 0],
  ])(
    'the network of %s has as many parameters and multiply-adds as published',
    async (text, parameters, flops) => {
      const cell = parseArchitecture(text, 16);
      const batch = { inputs: gpu.zeros([1, 3, 32, 32]), labels: gpu.tensor(Int32Array.of(0)) };
      const found = await scores(cell, batch, ['parameters', 'multiply-adds'], { affine: true, backbone });
      // Five pointwise convolutions and their norms each of 16, 32 and 64 channels.
      const pointwise = 5 * (16 * 16 + 32 + 32 * 32 + 64 + 64 * 64 + 128);
      const expected = flops === 0 ? 73306 + pointwise : Math.round(parameters * 1e6);
      expect(found.parameters).toBe(expected);
      const perStage = 1024 * 256;
      expect(found['multiply-adds']).toBe(
        flops === 0 ? 7783040 + 15 * perStage : Math.round(flops * 1e6) - 10,
      );
    },
  );

  test('a cell sums into its last node', async () => {
    const edges = (names: readonly string[]) =>
      new Map(names.map((name) => [name, OPERATIONS.skip_connect.build(gpu, 1, false, 1)]));
    const passed = async (...names: string[]) => [
      ...(await runSummingCell(4, edges(names), gpu.tensor([1, -2], [1, 1, 1, 2])).data()),
    ];
    // Node 1 = x, node 2 = x + node 1 = 2x, node 3 = x + node 1 + node 2 = 4x.
    expect(await passed('01', '02', '12', '03', '13', '23')).toEqual([4, -8]);
    expect(await passed('01', '13')).toEqual([1, -2]);
    expect(await passed('13')).toEqual([0, 0]);
  });

  test('DARTS has one α in it, and its cells cost something', () => {
    const options = { nodes: 4, channels: 2, operations: nasBench201Space.operations, classes: 3 } as const;
    const net = new Supernet(gpu, {
      ...options,
      image: [3, 8, 8],
      backbone: { cells: 5, reductions: 'residual' },
    });
    expect([...net.alphas().keys()]).toEqual(['alpha']);
    const cost = (text: string) => stepCost([parseArchitecture(text, 16)], backbone);
    expect(cost(ALL_OF('nor_conv_3x3'))).toBeGreaterThan(cost(ALL_OF('nor_conv_1x1')));
    expect(cost(ALL_OF('none'))).toBeGreaterThan(0);
    expect(averageStepCost(1, 4, backbone)).toBeLessThan(averageStepCost(1, 4, { cells: 17 }) * 1.2);
  });

  test('a search draws, trains and finds one of its cells', async () => {
    const data = toyData(gpu);
    const { winner } = await randomSearch(gpu, data, {
      ...toySettings,
      rounds: 1,
      stages: 1,
      nodes: 4,
      space: nasBench201Space,
      backbone: { cells: 3, reductions: 'residual' },
    });
    data.dispose();
    expect(winner.reduction).toBeUndefined();
    expect(parseArchitecture(architectureText(winner), winner.channels)).toEqual(winner);
  });
});
