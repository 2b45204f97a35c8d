import { beforeAll, describe, expect, test } from 'vitest';
import { searchBudget, separateSteps, startWork, trainingSteps } from '../../src/nas/budget';
import { fuse } from '../../src/nas/methods/fuse';
import type { FuseState } from '../../src/nas/methods/fuse-state';
import { type RandomState, randomSearch } from '../../src/nas/methods/random-search';
import type { SearchOutcome } from '../../src/nas/round';
import { roundSchema } from '../../src/nas/schemas';
import type { SavedSearch, SavedState, SaveSearch } from '../../src/nas/search-state';
import { loadSearch, saveSearch } from '../../src/nas/search-state.node';
import { completeSettings } from '../../src/nas/settings';
import { trainWinner, type WinnerState } from '../../src/nas/train-winner';
import type { Gpu } from '../../src/tensor/gpu';
import { failure } from '../data/failure';
import { useFolder } from '../data/folder';
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

interface Run<State extends SavedState> {
  readonly save: SaveSearch<State>;
  readonly resume?: SavedSearch<State>;
  readonly signal?: AbortSignal;
  readonly onProgress?: () => void;
}

/** The result and the last save of a run; undefined when it was interrupted, which has to be by InterruptedError. */
async function run<State extends SavedState, Result>(
  search: (options: Run<State>) => Promise<Result>,
  options: Omit<Run<State>, 'save'> = {},
) {
  let last: SavedSearch<State> | undefined;
  const save: SaveSearch<State> = async (state, tensors) => {
    last = await copyOf(state, tensors);
  };
  const result = await search({ ...options, save }).catch((error) => {
    expect(error).toMatchObject({ code: 'INTERRUPTED' });
    return undefined;
  });
  return { result, last };
}

const fuseRun = (options: Run<FuseState>) => fuse(gpu, data, { ...toySettings, ...options });

describe('an interrupted search goes on to the same result, to the bit', () => {
  // A stage is 3 steps of weights, 2 that score, 4 of α; a round has 2 stages.
  const moments = [
    [1, 'while the weights learn first'],
    [3, 'when the weights have learnt'],
    [4, 'while scoring'],
    [7, 'while α learns'],
    [18, 'at the end of a round'],
    [20, 'in the second round'],
    [36, 'after the last step'],
  ] as const;
  let whole: Awaited<ReturnType<typeof run<FuseState, SearchOutcome>>>;
  beforeAll(async () => {
    whole = await run(fuseRun);
  });

  for (const [steps, moment] of moments) {
    test(`fuse › ${moment}`, async () => {
      const cut = await run(fuseRun, interruptAfter(steps));
      expect(cut.result).toBeUndefined();
      const rest = await run(fuseRun, { resume: cut.last });
      expect(rest.result).toEqual(whole.result);
      expect(rest.last).toEqual(whole.last);
    });
  }

  test('fuse › interrupted again and again', async () => {
    let part = await run(fuseRun, interruptAfter(5));
    for (let i = 0; i < 10 && !part.result; i++)
      part = await run(fuseRun, { ...interruptAfter(5), resume: part.last });
    expect(part.result).toEqual(whole.result);
  });

  test('fuse › saved tensors agree in the middle of a stretch, batch norm and moments included', async () => {
    const straight = await run(fuseRun, interruptAfter(12));
    const first = await run(fuseRun, interruptAfter(6));
    const second = await run(fuseRun, { ...interruptAfter(6), resume: first.last });
    expect(second.last).toEqual(straight.last);
    const names = [...(straight.last?.tensors.keys() ?? [])];
    expect(names.some((name) => name.endsWith('running_var'))).toBe(true);
    expect(names).toContain('alphaAdam.m.alpha');
  });

  test('fuse › a finished one only gives its result', async () => {
    const { dispatches } = gpu.runtime.recorder;
    expect((await run(fuseRun, { resume: whole.last })).result).toEqual(whole.result);
    expect(gpu.runtime.recorder.dispatches).toBe(dispatches);
  });

  for (const steps of [2, 9]) {
    test(`random search › after ${steps} steps`, async () => {
      const search = (options: Run<RandomState>) => randomSearch(gpu, data, { ...toySettings, ...options });
      const whole = await run(search);
      const cut = await run(search, interruptAfter(steps));
      expect(cut.result).toBeUndefined();
      expect((await run(search, { resume: cut.last })).result).toEqual(whole.result);
    });
  }

  test('the winner › in the middle of an epoch', async () => {
    const search = async (options: Run<WinnerState>) => {
      const test = { images: data.images, split: data.validation };
      const settings = { epochs: 3, batchSize: 16, seed: 1, ...options };
      const { network, ...facts } = await trainWinner(gpu, data, test, cellOf('dil_conv_3x3', 3), settings);
      network.dispose();
      return facts;
    };
    const whole = await run(search);
    const cut = await run(search, interruptAfter(7));
    expect(cut.result).toBeUndefined();
    expect((await run(search, { resume: cut.last })).result).toEqual(whole.result);
    expect(whole.result?.history).toHaveLength(3);
  });
});

describe('a saved search', () => {
  const folder = useFolder();

  test('goes through a file unchanged', async () => {
    const path = `${folder.path}/search.safetensors`;
    const { signal, onProgress } = interruptAfter(7);
    let kept: SavedSearch | undefined;
    const error = await failure(() =>
      fuse(gpu, data, {
        ...toySettings,
        signal,
        onProgress,
        save: async (state, tensors) => {
          kept = await copyOf(state, tensors);
          await saveSearch(path, state, tensors);
        },
      }),
    );
    expect(error).toMatchObject({ code: 'INTERRUPTED' });
    const { state, tensors } = await loadSearch(path);
    expect(state).toEqual(kept?.state);
    for (const [name, { data }] of kept?.tensors ?? []) {
      expect(Array.from(tensors.get(name)?.data ?? []), name).toEqual(data);
    }
  });

  test('of other settings is refused, by the setting', async () => {
    const { last } = await run(fuseRun, interruptAfter(2));
    const error = await failure(() => fuse(gpu, data, { ...toySettings, rounds: 9, resume: last }));
    expect(error).toMatchObject({
      code: 'SEARCH_STATE',
      message: expect.stringContaining('began with rounds 2, not 9'),
    });
  });

  test('of another seed is refused', async () => {
    const { last } = await run(fuseRun, interruptAfter(2));
    const error = await failure(() => fuse(gpu, data, { ...toySettings, seed: 6, resume: last }));
    expect(error).toMatchObject({
      code: 'SEARCH_STATE',
      message: expect.stringContaining('began with seed 5, not 6'),
    });
  });

  test('of another kind of file is refused', async () => {
    const path = `${folder.path}/search.safetensors`;
    const { last } = await run(fuseRun, interruptAfter(2));
    const broken = last && { ...last.state, round: -1 };
    if (broken) await saveSearch(path, broken, new Map());
    expect(await failure(() => loadSearch(path))).toMatchObject({ code: 'DATA_OTHER' });
  });
});

describe('random search', () => {
  test('trains as many cells as fuse trains networks, all by the steps that the budget pays', async () => {
    let made = 0;
    const settings = completeSettings(toySettings, data);
    const { rounds } = await randomSearch(gpu, data, { ...toySettings, onProgress: () => (made += 1) });
    const [{ candidates }] = rounds;
    expect(candidates).toHaveLength(2 * 2);
    const work = searchBudget(settings, data).work - startWork(4);
    expect(made).toBe(4 * trainingSteps(settings, data, separateSteps(settings, candidates), work));
    expect(() => roundSchema.parse(rounds[0])).not.toThrow();
    expect(new Set(candidates.map(({ hash }) => hash)).size).toBe(4);
  });

  test('takes the cell of the lowest loss, whatever its accuracy', async () => {
    const search = (options: Run<RandomState>) => randomSearch(gpu, data, { ...toySettings, ...options });
    const { last } = await run(search);
    if (!last) throw new Error('the search saved nothing');
    const measures = [2, 1, 3, 4].map((loss) => ({ accuracy: loss / 5, loss }));
    expect(last.state.candidates).toHaveLength(4);
    const state: RandomState = { ...last.state, measures };
    const { result } = await run(search, { resume: { ...last, state } });
    expect(result?.rounds[0].winner).toBe(1);
  });

  test('takes the cell that sees the images', async () => {
    const space = { ...toySettings.space, operations: ['none', 'skip_connect'] as const };
    const { tensors: before } = await settledMemory(gpu);
    const outcome = await randomSearch(gpu, data, {
      ...toySettings,
      space,
      candidates: 7,
      rounds: 1,
      weightEpochs: 8,
      stages: 1,
      weightLr: 0.01,
    });
    expect(Object.values(outcome.winner.edges)).toContain('skip_connect');
    expect(outcome.validationAccuracy).toBeGreaterThan(0.6);
    expect(gpu.memory().tensors).toBe(before);
  });
});

test('train winner › learns the toy task and measures the test images once', async () => {
  const held = toyData(gpu, 2);
  const test = { images: held.images, split: held.train };
  const options = { epochs: 12, batchSize: 24, seed: 1, lr: 0.02 };
  const { tensors: before } = await settledMemory(gpu);
  const { network, test: measure } = await trainWinner(gpu, data, test, cellOf('dil_conv_3x3', 3), options);
  expect(measure.accuracy).toBeGreaterThan(0.8);
  expect([...network.parameters().keys()]).toContain('01.3.bias');
  network.dispose();
  expect(gpu.memory().tensors).toBe(before);
});
