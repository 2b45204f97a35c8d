import { beforeAll, describe, expect, test } from 'vitest';
import { CellNetwork } from '../../src/nas/cell';
import type { Genotype } from '../../src/nas/genotype';
import { fuse } from '../../src/nas/methods/fuse';
import { type WarmFuseState, warmFuse } from '../../src/nas/methods/fuse-warm';
import type { SavedSearch } from '../../src/nas/search-state';
import type { Gpu } from '../../src/tensor/gpu';
import { failure } from '../data/failure';
import { useGpu } from '../use-gpu';
import { copyOf, interruptAfter, toyData, toySettings } from './toy';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const settings = { ...toySettings, candidates: 3, rounds: 2, stages: 1, score: 'parameters' as const };
const parametersOf = (genotype: Genotype) => {
  const net = new CellNetwork(gpu, genotype, { classes: 3, size: [8, 8], inputs: 2 });
  const count = net.parameterCount();
  net.dispose();
  return count;
};

describe('warm-started FUSE', () => {
  test('meets the best of the drawn cells by the score, the best first', async () => {
    const data = toyData(gpu);
    let last: WarmFuseState | undefined;
    const { rounds } = await warmFuse(gpu, data, {
      ...settings,
      save: async (state) => {
        last = state;
      },
    });
    data.dispose();
    const pool = last?.pool ?? [];
    expect(pool).toHaveLength(4 * 3 * 2);
    const sizes = pool.map(parametersOf);
    expect(last?.scores).toEqual(sizes);
    const best = [...sizes].sort((a, b) => b - a);
    expect(rounds[0].candidates.map(parametersOf)).toEqual(best.slice(0, 3));
    // The survivor, then the next ones.
    expect(rounds[1].candidates[0]).toEqual(rounds[0].candidates[rounds[0].winner]);
    expect(rounds[1].candidates.slice(1).map(parametersOf)).toEqual(best.slice(3, 5));
  });

  test('pays for its scores out of the budget of all', async () => {
    const data = toyData(gpu);
    const paid = { ...settings, budget: 'work' as const, weightEpochs: 8 };
    const steps = async (score: 'parameters' | 'grasp') =>
      (await warmFuse(gpu, data, { ...paid, score })).spent.steps;
    const [plain, costly] = [await steps('parameters'), await steps('grasp')];
    const { spent } = await fuse(gpu, data, paid);
    data.dispose();
    expect(costly).toBeLessThan(plain);
    expect(plain).toBeLessThan(spent.steps * 1.5);
  });

  test.each([3, 30])('goes on after an interruption at step %i to the same end', async (steps) => {
    const data = toyData(gpu);
    const whole = await warmFuse(gpu, data, { ...settings, score: 'snip' });
    let kept: SavedSearch<WarmFuseState> | undefined;
    const error = await failure(() =>
      warmFuse(gpu, data, {
        ...settings,
        score: 'snip',
        ...interruptAfter(steps),
        save: async (state, tensors) => {
          kept = await copyOf(state, tensors);
        },
      }),
    );
    expect(error).toMatchObject({ code: 'INTERRUPTED' });
    expect(kept?.state.fuse === null).toBe(steps < 24);
    const resumed = await warmFuse(gpu, data, { ...settings, score: 'snip', resume: kept });
    data.dispose();
    expect(resumed).toEqual(whole);
  });

  test('takes no score that nobody knows', async () => {
    const data = toyData(gpu);
    const wrong = { ...settings, score: 'luck' as 'snip' };
    expect(await failure(() => warmFuse(gpu, data, wrong))).toMatchObject({ code: 'ARGUMENT' });
    data.dispose();
  });
});
