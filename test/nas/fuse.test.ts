import { beforeAll, describe, expect, test } from 'vitest';
import { Contest } from '../../src/nas/contest';
import { freshNetwork } from '../../src/nas/fresh-network';
import { fuse } from '../../src/nas/methods/fuse';
import type { FuseState } from '../../src/nas/methods/fuse-state';
import { underPrefix } from '../../src/nas/prefix';
import { roundSchema } from '../../src/nas/schemas';
import type { SavedSearch, SaveSearch } from '../../src/nas/search-state';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { BatchFeed } from '../../src/training/batch-feed';
import { RunningStats } from '../../src/training/stats';
import { failure } from '../data/failure';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';
import { cellOf, copyOf, interruptAfter, toyData, toySettings } from './toy';

const held = useGpu();
let gpu: Gpu;
let data: ReturnType<typeof toyData>;
beforeAll(() => {
  ({ gpu } = held);
  data = toyData(gpu);
});

const read = async (tensors: ReadonlyMap<string, Tensor>) =>
  new Map(
    await Promise.all(
      [...tensors].map(async ([name, tensor]) => [name, [...(await tensor.data())]] as const),
    ),
  );

async function withContest(work: (contest: Contest, stats: RunningStats) => Promise<void>): Promise<void> {
  const networks = [cellOf('dil_conv_3x3', 3), cellOf('skip_connect', 3)].map((genotype, number) =>
    freshNetwork(gpu, genotype, data, { seed: 3, number }),
  );
  const contest = new Contest(gpu, networks, { weightLr: 0.01, alphaLr: 0.1 });
  const stats = new RunningStats(gpu);
  await work(contest, stats);
  contest.dispose();
  stats.dispose();
}

describe('contest', () => {
  let feed: BatchFeed;
  beforeAll(() => {
    feed = new BatchFeed(data.images, data.validation, { batchSize: 16, seed: 0 });
    feed.seek(0);
  });

  test('a weight step moves every weight and leaves α alone', () =>
    withContest(async (contest, stats) => {
      const weights = contest.mixture.weights();
      const before = await read(weights);
      contest.weightStep(feed, stats, 0);
      for (const [name, values] of await read(weights)) expect(values, name).not.toEqual(before.get(name));
      expect(await contest.alpha()).toEqual([1, 1]);
      expect([...contest.mixture.parameters().values()].map(({ grad }) => grad)).not.toContainEqual(
        expect.anything(),
      );
    }));

  test('scoring and a step of α move α alone, and record no gradient of a weight', () =>
    withContest(async (contest, stats) => {
      const weights = contest.mixture.weights();
      const before = await read(weights);
      contest.score(feed);
      const { dispatches } = gpu.runtime.recorder;
      contest.alphaStep(0, stats, 0);
      expect(gpu.runtime.recorder.dispatches - dispatches).toBeLessThan(20);
      expect(await read(weights)).toEqual(before);
      const [first, second] = await contest.alpha();
      expect(Math.abs(first - 1)).toBeCloseTo(0.1, 4);
      expect(second - 1).toBeCloseTo(1 - first, 4);
    }));

  test('α goes towards the candidate with the lower loss', () =>
    withContest(async (contest, stats) => {
      contest.score(feed);
      const losses = [await contest.measure(0), await contest.measure(1)].map(({ loss }) => loss);
      contest.alphaStep(0, stats, 0);
      const alpha = await contest.alpha();
      expect(alpha[0] > alpha[1]).toBe(losses[0] < losses[1]);
    }));

  test('measures one candidate as the candidate alone', () =>
    withContest(async (contest) => {
      contest.score(feed);
      contest.mixture.alpha.write([60, -60]);
      const [mixed, first, second] = [undefined, 0, 1].map((k) => contest.measure(k));
      expect((await mixed).loss).toBeCloseTo((await first).loss, 5);
      expect((await mixed).loss).not.toBeCloseTo((await second).loss, 2);
    }));
});

describe('fuse', () => {
  test('keeps the winner, draws new rivals, and reports rounds that the report accepts', async () => {
    const events: Record<string, unknown>[] = [];
    const settings = { ...toySettings, candidates: 3, rounds: 3, stages: 1 };
    const outcome = await fuse(gpu, data, { ...settings, log: (event) => events.push(event) });
    expect(outcome.rounds).toHaveLength(3);
    for (const round of outcome.rounds) {
      expect(() => roundSchema.parse(round)).not.toThrow();
      expect(new Set(round.candidates.map(({ hash }) => hash)).size).toBe(3);
      for (const { edges } of round.candidates) {
        for (const name of Object.values(edges)) expect(settings.space.operations).toContain(name);
      }
      const [{ alpha }] = round.stages;
      expect(alpha[round.winner]).toBe(Math.max(...alpha));
    }
    const winners = outcome.rounds.map(({ candidates, winner }) => candidates[winner]);
    expect(outcome.rounds.slice(1).map(({ candidates }) => candidates[0])).toEqual(winners.slice(0, 2));
    expect(outcome.winner).toEqual(winners[2]);
    const seen = new Set(outcome.rounds.flatMap(({ candidates }) => candidates.map(({ hash }) => hash)));
    expect(seen.size).toBe(3 + 2 * 2);
    const moments = events.map(({ event }) => event).filter((event) => event !== 'warning');
    expect(moments).toEqual(['stage', 'round', 'stage', 'round', 'stage', 'round']);
    expect(events[0]).toMatchObject({ round: 0, stage: 0, validationAccuracy: expect.any(Number) });
  });

  test('the survivor meets its new rivals with fresh weights and even α', async () => {
    const saves: SavedSearch<FuseState>[] = [];
    const save: SaveSearch<FuseState> = async (state, tensors) => {
      saves.push(await copyOf(state, tensors));
    };
    const settings = { ...toySettings, stages: 1, save };
    await failure(() => fuse(gpu, data, { ...settings, ...interruptAfter(9) }));
    await fuse(gpu, data, { ...settings, resume: saves.at(-1) });
    const before = saves.findLast(({ state }) => state.round === 0);
    const after = saves.find(({ state }) => state.round === 1);
    const winner = after?.state.rounds[0].winner;
    const won = underPrefix(`mixture.${winner}`, before?.tensors ?? []);
    expect(won.size).toBeGreaterThan(0);
    const fresh = underPrefix('mixture.0', after?.tensors ?? []);
    expect([...fresh.keys()]).toEqual([...won.keys()]);
    expect(fresh).not.toEqual(won);
    expect(after?.tensors.get('mixture.alpha')?.data).toEqual([1, 1]);
    expect(after?.state.optimizerSteps).toEqual({ weights: 0, alpha: 0 });
  });

  test('every candidate of every round begins with weights of its own', async () => {
    // Cells without weights, so that all classifiers come first, and a rate of 0, so that they stay.
    const operations = ['none', 'skip_connect', 'avg_pool_3x3', 'max_pool_3x3'] as const;
    const space = { ...toySettings.space, operations };
    const seen = new Set<string>();
    const save: SaveSearch<FuseState> = async (_, tensors) => {
      const classifiers = [...tensors].filter(([name]) => /^mixture\.\d+\.classifier\.weight$/.test(name));
      for (const values of (await read(new Map(classifiers))).values()) seen.add(String(values));
    };
    await fuse(gpu, data, { ...toySettings, space, candidates: 2, rounds: 3, stages: 1, weightLr: 0, save });
    expect(seen.size).toBe(2 * 3);
  });

  test('the α of the last stage names the winner, whatever an earlier one was', async () => {
    const saves: SavedSearch<FuseState>[] = [];
    const save: SaveSearch<FuseState> = async (state, tensors) => {
      saves.push(await copyOf(state, tensors));
    };
    await fuse(gpu, data, { ...toySettings, rounds: 1, save });
    const between = saves.find(({ state }) => state.stage === 1);
    if (!between) throw new Error('the search saved nothing between its stages');
    const [first] = between.state.stages;
    for (const alpha of [
      [9, -9],
      [-9, 9],
    ]) {
      const state = { ...between.state, stages: [{ ...first, alpha }] };
      const resume = { state, tensors: between.tensors };
      const [{ stages, winner }] = (await fuse(gpu, data, { ...toySettings, rounds: 1, resume })).rounds;
      expect(stages[0].alpha).toEqual(alpha);
      expect(stages[1].alpha[winner]).toBe(Math.max(...stages[1].alpha));
    }
  });

  test('among candidates of equal α the first wins, so that nobody replaces a survivor who is as good', async () => {
    const settings = { ...toySettings, stages: 1, alphaEpochs: 1, alphaLr: 0 };
    const { rounds } = await fuse(gpu, data, settings);
    expect(rounds.map(({ stages, winner }) => [stages[0].alpha, winner])).toEqual([
      [[1, 1], 0],
      [[1, 1], 0],
    ]);
  });

  test('a cell that lost an earlier round is not drawn again while there are others', async () => {
    // Three nodes have eight cells; the first round meets two of them, the six others one each.
    const space = { ...toySettings.space, operations: ['none', 'skip_connect'] as const };
    const settings = { ...toySettings, space, rounds: 7, stages: 1, alphaEpochs: 1 };
    const { rounds } = await fuse(gpu, data, settings);
    expect(new Set(rounds.flatMap(({ candidates }) => candidates.map(({ hash }) => hash))).size).toBe(8);
  });

  test('prefers a cell that sees the images to one that sees nothing', async () => {
    const space = { ...toySettings.space, operations: ['none', 'skip_connect'] as const };
    const outcome = await fuse(gpu, data, {
      ...toySettings,
      space,
      candidates: 8,
      rounds: 1,
      weightEpochs: 4,
      alphaEpochs: 4,
      weightLr: 0.01,
    });
    // All eight cells of three nodes compete; three of them are blind.
    expect(Object.values(outcome.winner.edges)).toContain('skip_connect');
    const [{ candidates, candidateValidationLoss }] = outcome.rounds;
    const blind = candidates.findIndex(({ edges }) => edges['02'] === 'none' && edges['12'] === 'none');
    expect(candidateValidationLoss[blind]).toBeGreaterThan(1);
    expect(outcome.validationAccuracy).toBeGreaterThan(0.6);
  });

  test('chooses by the validation images, not by those the weights learn from', async () => {
    // With wrong labels for validation, whoever learned most loses most.
    const settings = {
      ...toySettings,
      space: { ...toySettings.space, operations: ['none', 'skip_connect'] as const },
      candidates: 8,
      rounds: 1,
      stages: 1,
      weightEpochs: 8,
      alphaEpochs: 8,
      weightLr: 0.01,
    };
    const wrong = data.validation.labels.map((label) => (label + 1) % 3);
    const poisoned = { ...data, validation: { ...data.validation, labels: wrong } };
    const isBlind = (edges: Record<string, string>) =>
      edges['02'] === 'none' && (edges['12'] === 'none' || edges['01'] === 'none');
    expect(isBlind((await fuse(gpu, data, settings)).winner.edges)).toBe(false);
    expect(isBlind((await fuse(gpu, poisoned, settings)).winner.edges)).toBe(true);
  });

  test('gives the same bits again for a seed, whatever ran in between', async () => {
    const first = await fuse(gpu, data, toySettings);
    gpu.rand([5]);
    const other = await fuse(gpu, data, { ...toySettings, seed: 6 });
    expect(await fuse(gpu, data, toySettings)).toEqual(first);
    expect(other.rounds[0].candidates).not.toEqual(first.rounds[0].candidates);
  });

  test('holds no more memory after five rounds than after one', async () => {
    const held: string[] = [];
    const memory = () => `${gpu.memory().tensors} tensors, ${gpu.memory().bytesInUse} bytes`;
    const { tensors: before } = await settledMemory(gpu);
    await fuse(gpu, data, {
      ...toySettings,
      rounds: 5,
      stages: 1,
      alphaEpochs: 1,
      space: { ...toySettings.space, operations: ['skip_connect', 'max_pool_3x3'] },
      log: ({ event }) => event === 'round' && held.push(memory()),
    });
    expect(held).toHaveLength(5);
    expect(new Set(held).size).toBe(1);
    expect(gpu.memory().tensors).toBe(before);
  });

  test('reads nothing back between the ends of stretches', async () => {
    const counts: number[] = [];
    await fuse(gpu, data, {
      ...toySettings,
      rounds: 1,
      stages: 1,
      weightEpochs: 4,
      onProgress: () => counts.push(gpu.runtime.readback.readbacks),
    });
    const [weightSteps, alphaSteps] = [4 * 3, 2 + 2 * 2];
    expect(counts).toHaveLength(weightSteps + alphaSteps);
    expect(new Set(counts.slice(0, weightSteps)).size).toBe(1);
    expect(new Set(counts.slice(weightSteps)).size).toBe(1);
  });

  test('counts its steps up to the total', async () => {
    const seen: [number, number][] = [];
    await fuse(gpu, data, { ...toySettings, onProgress: ({ done, total }) => seen.push([done, total]) });
    const total = 2 * 2 * (3 + 2 + 4);
    expect(seen).toEqual(Array.from({ length: total }, (_, i) => [i + 1, total]));
  });

  test('a loss that is not a number stops it, by what learns and the step', async () => {
    const error = await failure(() => fuse(gpu, data, { ...toySettings, weightLr: 1e38 }));
    expect(error).toMatchObject({
      code: 'NAN_LOSS',
      message: expect.stringMatching(/FUSE, round 1 of 2: weights.*step/),
    });
  });

  test('a number of rounds below one is refused', async () => {
    const error = await failure(() => fuse(gpu, data, { ...toySettings, rounds: 0 }));
    expect(error).toMatchObject({
      code: 'SEARCH_OPTION',
      message: 'search: rounds is 0, expected an integer from 1',
    });
  });
});
