import { beforeAll, describe, expect, test, vi } from 'vitest';
import { dartsSteps } from '../../src/nas/budget';
import { collapseWarnings, idleShare } from '../../src/nas/collapse';
import { type DartsState, darts } from '../../src/nas/methods/darts';
import { fuse } from '../../src/nas/methods/fuse';
import { roundSchema } from '../../src/nas/schemas';
import { search } from '../../src/nas/search';
import type { SavedSearch, SaveSearch } from '../../src/nas/search-state';
import { completeSettings } from '../../src/nas/settings';
import { Adam } from '../../src/optim/adam';
import type { Gpu } from '../../src/tensor/gpu';
import { BatchFeed } from '../../src/training/batch-feed';
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

const settings = { ...toySettings, rounds: 3, stages: 4, weightLr: 0.01, alphaLr: 0.05 };

/** One search, what it wrote into the log, how many steps it reported, and the tensors that it left behind. */
async function watched() {
  const { tensors } = await settledMemory(gpu);
  const events: Record<string, unknown>[] = [];
  let steps = 0;
  const log = (event: Record<string, unknown>) => events.push(event);
  const outcome = await darts(gpu, data, { ...settings, log, onProgress: () => (steps += 1) });
  return { outcome, events, steps, left: gpu.memory().tensors - tensors };
}
let once: ReturnType<typeof watched> | undefined;
const theSearch = () => (once ??= watched());

/** A search of 11 steps, in which an epoch has three. */
const few = { ...settings, rounds: 1 };
let straight: ReturnType<typeof darts> | undefined;
const straightFew = () => (straight ??= darts(gpu, data, few));

describe('darts', () => {
  test('learns the toy task, keeps no memory, and reports a round that the report accepts', async () => {
    const { outcome, left } = await theSearch();
    expect(outcome.validationAccuracy).toBeGreaterThan(0.6);
    expect(Object.values(outcome.winner.edges)).not.toContain('none');
    expect(outcome.rounds).toHaveLength(1);
    expect(() => roundSchema.parse(outcome.rounds[0])).not.toThrow();
    expect(left).toBe(0);
  });

  test('makes the steps that the budget pays', async () => {
    const { steps } = await theSearch();
    expect(steps).toBe(dartsSteps(completeSettings(settings, data), data));
  });

  test('moves α on a validation batch, then the weights on a training batch, step by step', async () => {
    // Three training batches an epoch, two of validation; in an epoch that short JavaScript makes every step.
    const asked: number[] = [];
    const { batch } = BatchFeed.prototype;
    const spy = vi.spyOn(BatchFeed.prototype, 'batch').mockImplementation(function (this: BatchFeed) {
      asked.push(this.stepsPerEpoch);
      return batch.call(this);
    });
    const moved: (readonly string[])[] = [];
    const step = vi.spyOn(Adam.prototype, 'step').mockImplementation(function (this: Adam) {
      if (!gpu.runtime.isWarming) moved.push([...this.state().tensors.keys()]);
    });
    try {
      await darts(gpu, data, few);
    } finally {
      for (const mock of [spy, step]) mock.mockRestore();
    }
    const [warmedUp, ...steps] = asked.slice(0, 1 + 2 * 11);
    expect(warmedUp).toBe(3);
    expect(steps).toEqual(Array.from({ length: 11 }, () => [2, 3]).flat());
    expect(moved).toHaveLength(2 * dartsSteps(completeSettings(few, data), data));
    for (const [i, names] of moved.entries())
      expect(names.some((name) => name.endsWith('alpha'))).toBe(i % 2 === 0);
  });

  test('α has the published decay of 0.001 and betas of 0.5 and 0.999', async () => {
    // The softmax over one operation has no gradient: only the decay of α is left.
    const space = { ...settings.space, operations: ['skip_connect'] as const };
    let last: SavedSearch<DartsState> | undefined;
    const save: SaveSearch<DartsState> = async (state, tensors) => {
      last = await copyOf(state, tensors);
    };
    const step = (resume?: SavedSearch<DartsState>) =>
      failure(() => darts(gpu, data, { ...settings, space, save, resume, ...interruptAfter(1) }));
    await step();
    if (!last) throw new Error('the search saved nothing');
    const shape = last.tensors.get('supernet.alpha')?.shape ?? [];
    const tensors = new Map([...last.tensors, ['supernet.alpha', { shape, data: [4, 4, 4] }]]);
    await step({ state: last.state, tensors });
    const gradient = 0.001 * 4;
    expect(last.tensors.get('alphaAdam.m.alpha')?.data[0]).toBeCloseTo(0.5 * gradient, 8);
    expect(last.tensors.get('alphaAdam.v.alpha')?.data[0]).toBeCloseTo(0.001 * gradient ** 2, 12);
  });

  test('chooses by the validation images: with wrong labels there it finds another cell', async () => {
    const operations = ['skip_connect', 'dil_conv_3x3', 'avg_pool_3x3', 'max_pool_3x3'] as const;
    const options = { ...settings, space: { ...settings.space, operations }, alphaLr: 0.3 };
    const wrong = data.validation.labels.map((label) => (label + 1) % 3);
    const poisoned = { ...data, validation: { ...data.validation, labels: wrong } };
    const [clean, other] = [await darts(gpu, data, options), await darts(gpu, poisoned, options)];
    expect(other.winner).not.toEqual(clean.winner);
    expect(other.validationAccuracy).toBeLessThan(clean.validationAccuracy);
  });

  test('writes entropy, losses and the cell of the moment into the log, an epoch a line', async () => {
    const { events } = await theSearch();
    const epochs = events.filter(({ event }) => event === 'epoch');
    // An epoch has three steps.
    expect(epochs).toHaveLength(Math.ceil(dartsSteps(completeSettings(settings, data), data) / 3));
    for (const [i, { epoch, entropy }] of epochs.entries()) {
      expect(epoch).toBe(i);
      expect(entropy).toBeGreaterThan(0);
      expect(entropy).toBeLessThan(Math.log(4));
    }
    expect(epochs[7].trainLoss).toBeLessThan(epochs[0].trainLoss as number);
    expect(epochs[7]).toMatchObject({ method: 'darts', hash: expect.stringMatching(/^[0-9a-f]{16}$/) });
  });

  test('gives the same bits again, and others for another seed', async () => {
    const first = await straightFew();
    gpu.rand([3]);
    expect(await darts(gpu, data, few)).toEqual(first);
    expect((await darts(gpu, data, { ...few, seed: 6 })).rounds).not.toEqual(first.rounds);
  });

  test.each([1, 2, 3, 5, 9])(
    'interrupted after %i steps goes on to the same result, to the bit',
    async (steps) => {
      const whole = await straightFew();
      let last: SavedSearch<DartsState> | undefined;
      const save: SaveSearch<DartsState> = async (state, tensors) => {
        last = await copyOf(state, tensors);
      };
      const cut = await failure(() => darts(gpu, data, { ...few, save, ...interruptAfter(steps) }));
      expect(cut).toMatchObject({ code: 'INTERRUPTED' });
      expect(await darts(gpu, data, { ...few, resume: last })).toEqual(whole);
    },
  );

  test('interrupted within an epoch writes into the log what it would have, the validation’s figures too', async () => {
    let last: SavedSearch<DartsState> | undefined;
    const save: SaveSearch<DartsState> = async (state, tensors) => {
      last = await copyOf(state, tensors);
    };
    const logged = async (options: Partial<Parameters<typeof darts>[2]>) => {
      const events: Record<string, unknown>[] = [];
      await darts(gpu, data, { ...settings, stages: 1, log: (event) => events.push(event), ...options });
      return events;
    };
    const whole = await logged({});
    await failure(() => logged({ save, ...interruptAfter(2) }));
    expect(await logged({ resume: last })).toEqual(whole);
  });

  test('refuses a space of nothing but none', async () => {
    const space = { ...settings.space, operations: ['none'] as const };
    const error = await failure(() => darts(gpu, data, { ...settings, space }));
    expect(error).toMatchObject({ message: expect.stringContaining('no operation but none') });
  });
});

describe('a search in stacks of cells', () => {
  const stacked = {
    ...toySettings,
    stages: 1,
    alphaEpochs: 1,
    backbone: { cells: 3 },
    space: { ...toySettings.space, operations: ['skip_connect', 'dil_conv_3x3', 'max_pool_3x3'] as const },
  };

  test.each(['fuse', 'random', 'darts'] as const)(
    'by %s finds a genotype, and the same when interrupted',
    async (kind) => {
      // Rounds are FUSE's; the others have their steps by them.
      const options = { ...stacked, rounds: kind === 'fuse' ? 2 : 1 };
      const whole = await search(gpu, kind, data, options);
      expect(whole.winner).toMatchObject({ nodes: 3, channels: 2 });
      expect(whole.rounds.flatMap(({ candidates }) => candidates).some(({ reduction }) => reduction)).toBe(
        true,
      );
      let last: SavedSearch | undefined;
      const save: SaveSearch = async (state, tensors) => {
        last = await copyOf(state, tensors);
      };
      const cut = await failure(() => search(gpu, kind, data, { ...options, save, ...interruptAfter(2) }));
      expect(cut).toMatchObject({ code: 'INTERRUPTED' });
      expect(await search(gpu, kind, data, { ...options, resume: last })).toEqual(whole);
    },
  );

  test('does not go on with what another method or another backbone began', async () => {
    let last: SavedSearch | undefined;
    const save: SaveSearch = async (state, tensors) => {
      last = await copyOf(state, tensors);
    };
    await failure(() => search(gpu, 'darts', data, { ...stacked, save, ...interruptAfter(1) }));
    const other = await failure(() => search(gpu, 'fuse', data, { ...stacked, resume: last }));
    expect(other).toMatchObject({
      code: 'SEARCH_STATE',
      message: expect.stringContaining("of 'darts', not of 'fuse'"),
    });
    const deeper = { ...stacked, backbone: { cells: 5 }, resume: last };
    expect(await failure(() => search(gpu, 'darts', data, deeper))).toMatchObject({
      message: expect.stringContaining('began with backbone {"cells":3}, not {"cells":5}'),
    });
  });
});

describe('a collapsed cell', () => {
  test('is one of which half the edges or more compute nothing', () => {
    const half = cellOf('skip_connect', 4, {
      '01': 'sep_conv_3x3',
      '02': 'max_pool_3x3',
      '03': 'dil_conv_3x3',
    });
    const less = cellOf('sep_conv_3x3', 4, { '01': 'none', '02': 'skip_connect' });
    expect([idleShare(half), idleShare(less)]).toEqual([1 / 2, 1 / 3]);
    expect(collapseWarnings(less)).toEqual([]);
    expect(collapseWarnings(half)).toEqual([
      expect.stringContaining('3 of its 6 edges are skip_connect or none'),
    ]);
  });

  test('is counted with its reduction', () => {
    const idle = { '01': 'skip_connect', '02': 'none', '12': 'skip_connect' };
    const busy = { '01': 'sep_conv_3x3', '02': 'max_pool_3x3', '12': 'sep_conv_3x3' };
    expect(idleShare({ edges: busy, reduction: idle })).toBe(1 / 2);
  });

  test.each(['fuse', 'random', 'darts'] as const)('is told in the log of %s, as a warning', async (kind) => {
    const events: Record<string, unknown>[] = [];
    const space = { ...toySettings.space, operations: ['skip_connect', 'none'] as const };
    const { winner } = await search(gpu, kind, data, {
      ...toySettings,
      space,
      log: (event) => events.push(event),
    });
    const warnings = events.filter(({ event, hash }) => event === 'warning' && hash);
    expect(warnings).toEqual([
      expect.objectContaining({ hash: winner.hash, warning: expect.stringContaining('may have collapsed') }),
    ]);
  });

  test('can be told from the entropy of α, which FUSE’s log has for every stage and round', async () => {
    const events: Record<string, unknown>[] = [];
    await fuse(gpu, data, { ...toySettings, log: (event) => events.push(event) });
    for (const { entropy } of events.filter(({ event }) => event !== 'warning')) {
      expect(entropy).toBeGreaterThan(0);
      expect(entropy).toBeLessThanOrEqual(Math.log(2));
    }
  });
});
