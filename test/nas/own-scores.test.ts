import { beforeAll, describe, expect, test } from 'vitest';
import { evaluateGenotype, type TrainingState } from '../../src/nas/evaluate-genotype';
import { type RoundOptions, roundScores } from '../../src/nas/own-scores';
import { levelled } from '../../src/nas/score';
import type { SavedSearch, SavedState, SaveSearch } from '../../src/nas/search-state';
import { type SharedState, sharedScores } from '../../src/nas/shared-scores';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { useGpu } from '../use-gpu';
import { cellOf, copyOf, interruptAfter, toyData, toySettings } from './toy';

const held = useGpu();
let gpu: Gpu;
let data: ReturnType<typeof toyData>;
beforeAll(() => {
  ({ gpu } = held);
  data = toyData(gpu);
});

const cells = [cellOf('dil_conv_3x3', 3), cellOf('skip_connect', 3), cellOf('avg_pool_3x3', 3)];
const OPTIONS = {
  ...{ steps: 7, batchSize: 16, scoreBatch: 12, weightLr: 0.02, alphaSteps: 9, alphaLr: 0.05 },
  ...{ seed: 4, number: 5 },
} satisfies RoundOptions;

test('candidates that learn apart come to what each comes to alone, to the bit', async () => {
  const { own } = await roundScores(gpu, data, cells, { ...OPTIONS, weightLoss: 'own' });
  const { steps, batchSize, scoreBatch: alphaBatchSize, weightLr, seed, number } = OPTIONS;
  for (const [k, cell] of cells.entries()) {
    const options = { steps, batchSize, alphaBatchSize, weightLr, seed, number: number + k };
    expect(own[k], cell.hash).toEqual(await evaluateGenotype(gpu, data, cell, options));
  }
  const mixed = await roundScores(gpu, data, cells, OPTIONS);
  expect(mixed.own.map(({ loss }) => loss)).not.toEqual(own.map(({ loss }) => loss));
});

test('logits in one size: mean 0 for each image, root mean square 1 for each network', async () => {
  // Two networks, two images, two classes. The first: (3, 1), (0, 4), so ±1 and ∓2, of root mean square √2.5.
  const logits = gpu.tensor([
    [3, 1, 0, 4],
    [10, 10, 30, 10],
  ]);
  const found = [...(await levelled(logits, 2).data())];
  const root = Math.sqrt(2.5);
  const expected = [1 / root, -1 / root, -2 / root, 2 / root, 0, 0, Math.SQRT2, -Math.SQRT2];
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 5);
});

interface Run<State> {
  readonly save?: SaveSearch<State>;
  readonly resume?: SavedSearch<State>;
  readonly signal?: AbortSignal;
}

/** What a run gives and what it saved last; it is interrupted in the middle of what `cut` says, if anything. */
async function run<State, Result>(
  of: (options: Run<State>) => Promise<Result>,
  options: Omit<Run<State>, 'save'> = {},
) {
  let saved: SavedSearch<State> | undefined;
  const save = async (state: State, tensors: ReadonlyMap<string, Tensor>) => {
    const { tensors: copies } = await copyOf({ method: '' } satisfies SavedState, tensors);
    saved = { state: JSON.parse(JSON.stringify(state)), tensors: copies };
  };
  const result = await of({ ...options, save }).catch((error) => {
    expect(error).toMatchObject({ code: 'INTERRUPTED' });
    return undefined;
  });
  return { result, saved };
}

describe('interrupted, and gone on with, it comes to the same bits', () => {
  for (const weightLoss of ['mixture', 'own'] as const) {
    test(`a round, weights by the loss of: ${weightLoss}`, async () => {
      let onStep: (() => void) | undefined;
      const round = (options: Run<TrainingState>) =>
        roundScores(gpu, data, cells, { ...OPTIONS, weightLoss, onStep, ...options });
      const whole = await run(round);
      const { signal, onProgress } = interruptAfter(4);
      onStep = onProgress;
      const cut = await run(round, { signal });
      expect(cut.result).toBeUndefined();
      expect(cut.saved?.state).toMatchObject({ step: 4, optimizerSteps: 4 });
      onStep = undefined;
      expect((await run(round, { resume: cut.saved })).result).toEqual(whole.result);
    });
  }

  test('shared weights: while they learn, and while cells are scored', async () => {
    const { alphaSteps: _, alphaLr: __, number: ___, ...given } = OPTIONS;
    let onStep: (() => void) | undefined;
    const shared = (options: Run<SharedState>) =>
      sharedScores(gpu, data, toySettings.space, cells, { ...given, onStep, ...options });
    const whole = await run(shared);
    const { signal, onProgress } = interruptAfter(3);
    onStep = onProgress;
    const learning = await run(shared, { signal });
    expect(learning.result).toBeUndefined();
    onStep = undefined;
    // From the second look at the signal on: weights have learnt, a cell is scored.
    let looks = 0;
    const later = new Proxy(new AbortController().signal, {
      get: (target, name) => (name === 'aborted' ? ++looks > given.steps - 3 + 1 : Reflect.get(target, name)),
    });
    const scoring = await run(shared, { signal: later, resume: learning.saved });
    expect(scoring.result).toBeUndefined();
    expect(scoring.saved?.state).toMatchObject({ step: given.steps, measures: whole.result?.slice(0, 1) });
    expect((await run(shared, { resume: scoring.saved })).result).toEqual(whole.result);
  });
});
