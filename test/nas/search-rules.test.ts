import { beforeAll, describe, expect, test, vi } from 'vitest';
import { Contest } from '../../src/nas/contest';
import { evaluateGenotype } from '../../src/nas/evaluate-genotype';
import type { LearntHead } from '../../src/nas/learnt-head';
import { type DartsState, darts } from '../../src/nas/methods/darts';
import { fuse } from '../../src/nas/methods/fuse';
import type { FuseState } from '../../src/nas/methods/fuse-state';
import { scoreFeed } from '../../src/nas/score';
import type { SaveSearch } from '../../src/nas/search-state';
import type { SearchSettings } from '../../src/nas/settings';
import { drawAny, drawDistinct, programSpace } from '../../src/nas/space';
import { trainWinner } from '../../src/nas/train-winner';
import { inSetOrder } from '../../src/tasks/task';
import { Random } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';
import { failure } from '../data/failure';
import { useGpu } from '../use-gpu';
import { cellOf, copyOf, interruptAfter, toyData, toySettings } from './toy';

const held = useGpu();
let data: ReturnType<typeof toyData>;
beforeAll(() => {
  data = toyData(held.gpu);
});

/** A stage is 3 steps of the weights and 2 epochs of 2 of α: 48 images, 24 for validation, 16 a step. */
const search: SearchSettings = {
  ...toySettings,
  space: { name: 'one', operations: ['dil_conv_3x3', 'sep_conv_3x3'], reason: '' },
  weightLr: 0.02,
};

interface Seen {
  readonly round: number;
  readonly phase: FuseState['phase'];
  /** Weights of both heads, or of the head that a finished search leaves. */
  readonly heads: readonly (readonly number[])[];
}

const weightOf = (head: LearntHead | undefined) => Array.from(head?.get('weight')?.data ?? []);

/** What is saved of the heads whenever weights or α have learnt, and what the search found. */
async function searched(settings: Partial<SearchSettings>) {
  const saves: Seen[] = [];
  const valuesOf = async (tensor: Tensor | undefined) => [...((await tensor?.data()) ?? [])];
  const save: SaveSearch<FuseState> = async ({ round, phase }, tensors) => {
    const names = ['mixture.0.classifier.weight', 'mixture.1.classifier.weight', 'head.weight'];
    const present = names.flatMap((name) => tensors.get(name) ?? []);
    saves.push({ round, phase, heads: await Promise.all(present.map(valuesOf)) });
  };
  const outcome = await fuse(held.gpu, data, { ...search, ...settings, save });
  return { saves, ...outcome };
}

describe('the head of a round’s winner', () => {
  test('goes into the next round, and to the end, with what it has learnt', async () => {
    const { saves, rounds, head } = await searched({ winnerHead: 'kept' });
    const [first, second] = [0, 1].map((round) => {
      const learnt = saves.filter((seen) => seen.round === round && seen.phase === 'alpha').at(-1);
      return learnt?.heads[rounds[round].winner];
    });
    expect(saves.find(({ round }) => round === 1)?.heads[0]).toEqual(first);
    expect(saves.at(-1)?.heads).toEqual([second]);
    expect(weightOf(head)).toEqual(second);
    expect(head?.get('bias')?.shape).toEqual([3]);
  });

  test('begins anew by default, and nothing of it is left', async () => {
    const { saves, rounds, head } = await searched({});
    const learnt = saves.filter(({ round, phase }) => round === 0 && phase === 'alpha').at(-1);
    const next = saves.find(({ round }) => round === 1);
    expect(next?.heads[0]).not.toEqual(learnt?.heads[rounds[0].winner]);
    expect(head).toBeUndefined();
    expect(saves.at(-1)?.heads).toEqual([]);
  });

  test('is the same where the search was interrupted, and where it was over', async () => {
    const settings = { ...search, winnerHead: 'kept', sharedSeeds: true, alphaOrder: 'fixed' } as const;
    const whole = await fuse(held.gpu, data, settings);
    // 3 steps of the weights, 2 that score and 4 of α make a stage; two stages a round.
    for (const steps of [20, Number.POSITIVE_INFINITY]) {
      let kept: Awaited<ReturnType<typeof copyOf>> | undefined;
      const save: SaveSearch = async (state, tensors) => {
        kept = await copyOf(state, tensors);
      };
      const stop = interruptAfter(steps);
      await fuse(held.gpu, data, { ...settings, ...stop, save }).catch(() => undefined);
      const resume = kept as Parameters<typeof fuse>[2]['resume'];
      const again = await fuse(held.gpu, data, { ...settings, resume });
      const plain = ({ head, ...found }: typeof whole) => ({
        ...found,
        head: [...(head ?? [])].map(([name, { data }]) => [name, [...Array.from(data)]]),
      });
      expect(plain(again), `after step ${steps}`).toEqual(plain(whole));
    }
  });

  test('is what the last training begins with', async () => {
    const { head, winner } = await searched({ winnerHead: 'kept' });
    const seen = { images: data.images, split: data.validation };
    const options = { epochs: 1, batchSize: 24, seed: 1, lr: 0, learntHead: head };
    const { network } = await trainWinner(held.gpu, data, seen, winner, options);
    expect([...(await network.classifier.weight.data())]).toEqual(weightOf(head));
    network.dispose();
  });
});

describe('seeds that are shared', () => {
  test('give all candidates of all rounds the same weights and batches', async () => {
    const space = { name: 'one', operations: ['dil_conv_3x3'], reason: '' } as const;
    const still = { space, distinct: false, weightLr: 0 };
    const headsOf = ({ saves }: { saves: readonly Seen[] }) =>
      new Set(saves.flatMap(({ heads }) => heads.map(String))).size;
    const shared = await searched({ ...still, sharedSeeds: true });
    expect(headsOf(shared)).toBe(1);
    const losses = shared.rounds.map(({ stages }) => stages.map(({ trainLoss }) => trainLoss));
    expect(losses[1]).toEqual(losses[0]);
    expect(headsOf(await searched(still))).toBe(4);
  });
});

describe('candidates', () => {
  test('are different, or may be drawn twice', async () => {
    const space = { name: 'one', operations: ['skip_connect'], reason: '' } as const;
    const { rounds } = await searched({ space, distinct: false, rounds: 1 });
    expect(rounds[0].candidates[1]).toEqual(rounds[0].candidates[0]);
    expect(String(await failure(() => searched({ space })))).toContain('2 different ones are needed');
  });

  test('are drawn by the program’s table, in which three operations stand for others', () => {
    // As `draw_operation` returns for 0 to 9.
    expect(programSpace.draws).toEqual([
      'sep_conv_3x3',
      'max_pool_3x3',
      'max_pool_3x3',
      'skip_connect',
      'sep_conv_3x3',
      'sep_conv_5x5',
      'dil_conv_3x3',
      'dil_conv_3x3',
      'dil_conv_5x5',
      'conv_7x1_1x7',
    ]);
    expect([...programSpace.operations].sort()).toEqual([...new Set(programSpace.draws)].sort());
  });

  test.each([
    ['drawAny', drawAny],
    ['drawDistinct', drawDistinct],
  ])('have an operation as often as it stands there: %s', (_, draw) => {
    const drawn = draw(programSpace, { nodes: 4, channels: 3 }, 500, new Random(1));
    const used = drawn.flatMap(({ edges }) => Object.values(edges));
    const share = (name: string) => used.filter((other) => other === name).length / used.length;
    // Of 3000 edges; the deviation of a share is below 0.008.
    for (const name of programSpace.operations) {
      const twice = ['sep_conv_3x3', 'max_pool_3x3', 'dil_conv_3x3'].includes(name);
      expect(Math.abs(share(name) - (twice ? 0.2 : 0.1)), name).toBeLessThan(0.03);
    }
  });
});

describe('batches of α', () => {
  async function labelsOf(alphaOrder: SearchSettings['alphaOrder'], number: number) {
    const { indices, labels } = data.validation;
    const turned = { ...data, validation: { indices: indices.toReversed(), labels: labels.toReversed() } };
    const feed = scoreFeed(turned, { batchSize: 16, alphaOrder, seed: 1 }, number);
    const found: number[] = [];
    for (const step of [0, 1]) {
      feed.seek(step);
      const { labels } = feed.batch();
      found.push(...(await labels.data()));
    }
    feed.dispose();
    return found;
  }

  test('are those of the set’s order, whatever the stage, or drawn anew', async () => {
    const inOrder = [...inSetOrder(data.validation).labels];
    expect(inOrder).toEqual(Array.from({ length: 24 }, (_, i) => i % 3));
    for (const number of [0, 3]) expect(await labelsOf('fixed', number)).toEqual(inOrder);
    expect(await labelsOf('shuffled', 0)).not.toEqual(await labelsOf('shuffled', 3));
  });

  test('come in the same order in every epoch, or in a new one', async () => {
    const ordersOf = async (alphaOrder: SearchSettings['alphaOrder']) => {
      const spy = vi.spyOn(Contest.prototype, 'alphaStep');
      await searched({ alphaOrder, alphaEpochs: 8, rounds: 1, stages: 1 });
      const calls = spy.mock.calls.map(([index]) => index);
      spy.mockRestore();
      return calls;
    };
    expect(await ordersOf('fixed')).toEqual(Array.from({ length: 16 }, (_, i) => i % 2));
    expect(await ordersOf('shuffled')).not.toEqual(await ordersOf('fixed'));
  });
});

describe('augmentation in a search', () => {
  /** Nothing is left of the images: by them, no loss below ln 3 can be learnt. */
  const augment = { crop: 200, flip: false };
  const least = 0.9 * Math.log(3);

  test('changes what FUSE’s weights learn from', async () => {
    const brief = { rounds: 1, stages: 4 };
    const last = async (settings: Partial<SearchSettings>) =>
      (await searched({ ...brief, ...settings })).rounds[0].stages[3].trainLoss;
    expect(await last({})).toBeLessThan(least);
    expect(await last({ augment })).toBeGreaterThan(least);
  });

  test('changes what DARTS’ weights learn from', async () => {
    const last = async (settings: Partial<SearchSettings>) => {
      const losses: number[] = [];
      const log = ({ event, trainLoss }: Readonly<Record<string, unknown>>) => {
        if (event === 'epoch') losses.push(Number(trainLoss));
      };
      const save: SaveSearch<DartsState> = async () => undefined;
      await darts(held.gpu, data, { ...search, weightEpochs: 3, ...settings, log, save });
      return losses.at(-1);
    };
    expect(await last({})).toBeLessThan(least);
    expect(await last({ augment })).toBeGreaterThan(least);
  });

  test('changes what a single cell learns from', async () => {
    const options = { steps: 30, batchSize: 16, seed: 1, weightLr: 0.02 };
    const of = async (more: object) =>
      evaluateGenotype(held.gpu, data, cellOf('dil_conv_3x3', 3), { ...options, ...more });
    expect((await of({})).accuracy).toBeGreaterThan(0.8);
    expect((await of({ augment })).accuracy).toBeLessThan(0.7);
  });
});

test.each([
  ['alphaOrder', 'fixt'],
  ['winnerHead', 'new'],
  ['optimizers', 'epoch'],
  ['winnerWeights', 'he'],
  ['distinct', 'yes'],
])('a rule %s that is %s is refused by its name', async (name, value) => {
  const error = await failure(() => fuse(held.gpu, data, { ...search, [name]: value }));
  expect(String(error)).toContain(name);
});
