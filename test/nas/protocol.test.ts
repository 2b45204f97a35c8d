import { beforeAll, describe, expect, test } from 'vitest';
import { fuse } from '../../src/nas/methods/fuse';
import type { FuseState } from '../../src/nas/methods/fuse-state';
import type { SaveSearch } from '../../src/nas/search-state';
import { completeSettings, type SearchSettings } from '../../src/nas/settings';
import type { Gpu } from '../../src/tensor/gpu';
import { failure } from '../data/failure';
import { useGpu } from '../use-gpu';
import { copyOf, interruptAfter, toyData, toySettings } from './toy';

const held = useGpu();
let gpu: Gpu;
let data: ReturnType<typeof toyData>;
beforeAll(() => {
  ({ gpu } = held);
  data = toyData(gpu);
});

/** One round. A stage is 3 steps of the weights and 2 epochs of 2 of α: 48 images, 24 for validation, 16 a step. */
const brief: SearchSettings = { ...toySettings, rounds: 1, budget: 'epochs' };

/** Steps that the optimisers count whenever weights or α have learnt, and what the search found. */
async function searched(settings: Partial<SearchSettings>) {
  const steps: FuseState['optimizerSteps'][] = [];
  const save: SaveSearch<FuseState> = async ({ optimizerSteps }) => void steps.push({ ...optimizerSteps });
  const { rounds } = await fuse(gpu, data, { ...brief, ...settings, save });
  return { steps: steps.slice(0, 3), stages: rounds[0].stages };
}

const stepsOf = async (settings: Partial<SearchSettings>) => (await searched(settings)).steps;

describe('FUSE by the protocol', () => {
  test('optimisers that are new for every round count its steps on', async () => {
    expect(await stepsOf({})).toEqual([
      { weights: 3, alpha: 0 },
      { weights: 3, alpha: 4 },
      { weights: 6, alpha: 4 },
    ]);
  });

  test('optimisers that are new for every stage begin again at 0', async () => {
    expect(await stepsOf({ optimizers: 'stage' })).toEqual([
      { weights: 3, alpha: 0 },
      { weights: 0, alpha: 0 },
      { weights: 3, alpha: 0 },
    ]);
  });

  test('renewed optimisers do not remember: the first step of α in a stage is the rate, whatever came before', async () => {
    // Adam's first step is lr · g / |g|, so that after one epoch of one batch each α has moved by the rate.
    const settings = { optimizers: 'stage', alphaEpochs: 1, alphaBatchSize: 24, alphaLr: 0.1 } as const;
    const { stages } = await searched(settings);
    const [first, second] = stages.map(({ alpha }) => alpha);
    for (const k of [0, 1]) expect(Math.abs(second[k] - first[k])).toBeCloseTo(0.1, 4);
    for (const value of first) expect(Math.abs(value - 1)).toBeCloseTo(0.1, 4);
  });

  test.each([
    [16, 4],
    [24, 2],
    [1000, 2],
  ])('a step of α over %i images makes %i steps of two epochs over 24', async (alphaBatchSize, alpha) => {
    expect((await stepsOf({ alphaBatchSize }))[1].alpha).toBe(alpha);
  });

  test('an interrupted search goes on to the same result under the original’s rules', async () => {
    const rules = { optimizers: 'stage', alphaBatchSize: 1000, winnerWeights: 'xavier', rounds: 2 } as const;
    const settings = { ...brief, ...rules };
    const whole = await fuse(gpu, data, settings);
    for (const steps of [5, 9, 14]) {
      let kept: Awaited<ReturnType<typeof copyOf>> | undefined;
      const stop = interruptAfter(steps);
      const save: SaveSearch = async (state, tensors) => {
        kept = await copyOf(state, tensors);
      };
      await failure(() => fuse(gpu, data, { ...settings, ...stop, save }));
      const resume = kept as Parameters<typeof fuse>[2]['resume'];
      expect(await fuse(gpu, data, { ...settings, resume }), `after step ${steps}`).toEqual(whole);
    }
  });

  test('does not go on with a search that followed other rules', async () => {
    let kept: Awaited<ReturnType<typeof copyOf>> | undefined;
    const save: SaveSearch = async (state, tensors) => {
      kept = await copyOf(state, tensors);
    };
    await failure(() => fuse(gpu, data, { ...brief, ...interruptAfter(2), save }));
    const resume = kept as Parameters<typeof fuse>[2]['resume'];
    const error = await failure(() => fuse(gpu, data, { ...brief, optimizers: 'stage', resume }));
    expect(String(error)).toContain('optimizers');
  });

  test('says what the rules are where nobody does', () => {
    expect(completeSettings(toySettings, data)).toMatchObject({
      alphaBatchSize: 16,
      optimizers: 'round',
      winnerWeights: 'default',
    });
  });
});

/** The largest weight of each candidate's kernels, as a share of Xavier's bound. Nothing learns: the rate is 0. */
async function largestKernels(winnerWeights: 'default' | 'xavier') {
  const space = { name: 'one', operations: ['sep_conv_3x3', 'sep_conv_5x5'], reason: '' };
  const found = [0, 0];
  const save: SaveSearch<FuseState> = async ({ phase, step }, tensors) => {
    if (step > 0 || phase !== 'alpha') return;
    for (const [name, tensor] of tensors) {
      const [, candidate] = /^mixture\.(\d)\..*weight$/.exec(name) ?? [];
      if (candidate === undefined || tensor.shape.length < 4) continue;
      const { shape } = tensor;
      const bound = Math.sqrt(6 / (shape[1] * shape[2] * shape[3] + shape[0] * shape[2] * shape[3]));
      const share = Math.max(...[...(await tensor.data())].map(Math.abs)) / bound;
      found[Number(candidate)] = Math.max(found[Number(candidate)], share);
    }
  };
  await fuse(gpu, data, { ...brief, rounds: 2, space, winnerWeights, weightLr: 0, save });
  return found;
}

describe('the winner of a round', () => {
  test('begins with Xavier’s weights beside rivals with PyTorch’s, or as they do', async () => {
    // PyTorch's bound 1 / √fanIn is √(1 / 2) of Xavier's for depthwise kernels, which have fanOut = 2 · fanIn, and
    // √(1 / 3) for pointwise ones.
    const [winner, rival] = await largestKernels('xavier');
    expect(winner).toBeGreaterThan(0.9);
    expect(winner).toBeLessThanOrEqual(1 + 1e-6);
    expect(rival).toBeLessThan(0.72);
    for (const share of await largestKernels('default')) expect(share).toBeLessThan(0.72);
  });
});
