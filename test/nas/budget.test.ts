import { beforeAll, describe, expect, test } from 'vitest';
import {
  alphaWork,
  dartsSteps,
  searchBudget,
  separateSteps,
  startWork,
  trainingWork,
} from '../../src/nas/budget';
import { stepCost, supernetStepCost, WORK } from '../../src/nas/cost';
import { makeGenotype } from '../../src/nas/genotype';
import { fuse } from '../../src/nas/methods/fuse';
import type { FuseState } from '../../src/nas/methods/fuse-state';
import { randomSearch } from '../../src/nas/methods/random-search';
import { OPERATION_NAMES, OPERATIONS } from '../../src/nas/operations/table';
import type { SavedSearch, SaveSearch } from '../../src/nas/search-state';
import { completeSettings, type SearchSettings } from '../../src/nas/settings';
import { standardSpace } from '../../src/nas/space';
import type { Gpu } from '../../src/tensor/gpu';
import { failure } from '../data/failure';
import { useGpu } from '../use-gpu';
import { cellOf, copyOf, interruptAfter, toyData, toySettings } from './toy';

const held = useGpu();
let gpu: Gpu;
let data: ReturnType<typeof toyData>;
beforeAll(() => {
  ({ gpu } = held);
  data = toyData(gpu);
});

// sep_conv_3x3 costs 1.9, dil_conv_3x3 0.9, avg_pool_3x3 0.1, skip_connect and none nothing; all ten together 10.
const { step, network, start, share, scoring, alpha } = WORK;

describe('the cost of a training step', () => {
  test('is that of the operations on live edges, of the network, and of the step', () => {
    const cell = cellOf('skip_connect', 3, { '01': 'sep_conv_3x3', '12': 'dil_conv_3x3' });
    expect(stepCost([cell])).toBeCloseTo(step + network + 1.9 + 0.9, 12);
    // Nothing arrives at node 1, so that the convolution after it is not computed.
    const blocked = cellOf('avg_pool_3x3', 3, { '01': 'none', '12': 'dil_conv_3x3' });
    expect(stepCost([blocked])).toBeCloseTo(step + network + 0.1, 12);
    expect(stepCost([cell, blocked])).toBeCloseTo(step + 2 * network + 2.8 + 0.1, 12);
  });

  test('halves with every reduction cell of a stack', () => {
    const convolution = { '01': 'dil_conv_3x3', '02': 'none', '12': 'skip_connect' };
    const pool = { '01': 'avg_pool_3x3', '02': 'none', '12': 'skip_connect' };
    const stack = makeGenotype(3, 2, convolution, pool);
    // A normal cell, then two reductions: at one half and at one quarter.
    const cells = 0.9 + 0.1 / 2 + 0.1 / 4;
    expect(stepCost([stack], { cells: 3 })).toBeCloseTo(step + network + cells, 12);
  });

  test('of the ten published operations is 1 in the mean', () => {
    const costs = OPERATION_NAMES.slice(0, 10).map((name) => OPERATIONS[name].cost ?? Number.NaN);
    expect(costs.reduce((sum, cost) => sum + cost, 0) / costs.length).toBeCloseTo(1, 12);
  });

  test('of DARTS is two passes through all operations but none, each weighed by its share', () => {
    const operations = ['none', 'skip_connect', 'dil_conv_3x3'] as const;
    const edge = share + (0.9 + share);
    expect(supernetStepCost(operations, 3)).toBeCloseTo(2 * (step + network + 3 * edge), 12);
  });
});

const settings: SearchSettings = {
  ...toySettings,
  candidates: 3,
  rounds: 3,
  weightEpochs: 3,
  alphaEpochs: 1,
  budget: 'work',
};
const SPACES = {
  standard: standardSpace,
  cheap: { ...standardSpace, name: 'cheap', operations: ['skip_connect', 'avg_pool_3x3', 'max_pool_3x3'] },
  dear: { ...standardSpace, name: 'dear', operations: ['sep_conv_5x5', 'sep_conv_7x7', 'dil_conv_5x5'] },
} as const;
type SpaceName = keyof typeof SPACES;
const NAMES = ['standard', 'cheap', 'dear'] as const;
const settingsIn = (space: SpaceName): SearchSettings => ({ ...settings, space: SPACES[space] });

/** What a search by FUSE found, and all that it saved. */
async function watched(options: SearchSettings, resume?: SavedSearch<FuseState>) {
  const saves: SavedSearch<FuseState>[] = [];
  const save: SaveSearch<FuseState> = async (state, tensors) => {
    saves.push(await copyOf(state, tensors));
  };
  const outcome = await fuse(gpu, data, { ...options, save, resume });
  return { outcome, saves };
}

/** The search by FUSE in a space, which several tests look at. */
const straight = new Map<SpaceName, ReturnType<typeof watched>>();
function watchedIn(space: SpaceName): ReturnType<typeof watched> {
  const found = straight.get(space) ?? watched(settingsIn(space));
  straight.set(space, found);
  return found;
}

describe('the budget of work', () => {
  test('is what the epochs cost with average operations', () => {
    // 3 nodes have 3 edges; 48 images are 3 batches, 24 for validation 2, and a stage has 1 epoch of α.
    const pass = step + 3 * (network + 3 * 1);
    const stage = pass * (3 * 3 + scoring * 2) + alpha * 2;
    const { networks, work } = searchBudget(completeSettings(settings, data), data);
    expect(networks).toBe(9);
    expect(work).toBeCloseTo(9 * start + 3 * 2 * stage, 10);
  });

  test('does not depend on the space', () => {
    const works = NAMES.map((space) => searchBudget(completeSettings(settingsIn(space), data), data).work);
    expect(new Set(works).size).toBe(1);
  });

  test.each(NAMES)('is spent by FUSE in the %s space', async (space) => {
    const full = completeSettings(settingsIn(space), data);
    const { outcome, saves } = await watchedIn(space);
    const steps = outcome.rounds.map(
      ({ round }) => saves.find(({ state }) => state.round === round)?.state.weightSteps ?? 0,
    );
    const spent = outcome.rounds.reduce((sum, { candidates, round }) => {
      const stage = trainingWork(full, data, stepCost(candidates), steps[round]) + alphaWork(full, data);
      return sum + startWork(3) + 2 * stage;
    }, 0);
    expect(Math.abs(spent / searchBudget(full, data).work - 1)).toBeLessThan(0.05);
    expect(saves.at(-1)?.state.work).toBeCloseTo(spent, 8);
  });

  test.each(NAMES)('is spent by random search in the %s space', async (space) => {
    const full = completeSettings(settingsIn(space), data);
    let made = 0;
    const { rounds } = await randomSearch(gpu, data, {
      ...settingsIn(space),
      onProgress: () => (made += 1),
    });
    const step = separateSteps(full, rounds[0].candidates);
    const spent = startWork(9) + trainingWork(full, data, step, made / 9);
    expect(Math.abs(spent / searchBudget(full, data).work - 1)).toBeLessThan(0.05);
  });

  test.each(NAMES)('is spent by the steps of DARTS in the %s space', (space) => {
    const full = completeSettings(settingsIn(space), data);
    const step = supernetStepCost(full.space.operations, 3);
    const spent = start + step * dartsSteps(full, data) + (step / 2) * scoring * 2;
    expect(Math.abs(spent / searchBudget(full, data).work - 1)).toBeLessThan(0.05);
  });

  test('trains a round of cheap cells longer than one of dear cells', async () => {
    const stepsIn = async (space: SpaceName) => (await watchedIn(space)).saves[0].state.weightSteps;
    expect(await stepsIn('cheap')).toBeGreaterThan(2 * (await stepsIn('dear')));
  });

  test.each(['cheap', 'dear'] as const)(
    'leaves FUSE its epochs in the %s space if it is told to count them',
    async (space) => {
      const counted = { stages: 1, rounds: 2, weightEpochs: 2, budget: 'epochs' } as const;
      const { saves } = await watched({ ...settingsIn(space), ...counted });
      for (const { state } of saves) expect(state.weightSteps).toBe(2 * 3);
    },
  );

  test.each([7, 40, 70])('goes on to the same result after an interruption at step %i', async (at) => {
    const whole = await watchedIn('standard');
    let last: SavedSearch<FuseState> | undefined;
    const save: SaveSearch<FuseState> = async (state, tensors) => {
      last = await copyOf(state, tensors);
    };
    const cut = await failure(() =>
      fuse(gpu, data, { ...settingsIn('standard'), save, ...interruptAfter(at) }),
    );
    expect(cut).toMatchObject({ code: 'INTERRUPTED' });
    const rest = await watched(settingsIn('standard'), last);
    expect(rest.outcome).toEqual(whole.outcome);
    expect(rest.saves.at(-1)).toEqual(whole.saves.at(-1));
  });
});
