import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { LABELLED_SEARCHES, labelOf, SEARCH_LABELS, searchLabelled } from '../../src/nas/methods/labels';
import { defineSearchMethod } from '../../src/nas/methods/method';
import { SEARCH_METHOD_NAMES, SEARCH_METHODS, searchMethod } from '../../src/nas/methods/table';
import * as schemas from '../../src/nas/schemas';
import type { SavedSearch, SavedState } from '../../src/nas/search-state';
import { loadSearch, saveSearch } from '../../src/nas/search-state.node';
import { drawDistinct } from '../../src/nas/space';
import { nas, openGpu } from '../../src/node';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';
import { failure } from '../data/failure';
import { useFolder } from '../data/folder';
import { copyOf, interruptAfter, toyData, toySettings } from './toy';

let gpu: Gpu;
let data: ReturnType<typeof toyData>;
beforeAll(async () => {
  gpu = await openGpu();
  data = toyData(gpu);
});
afterAll(() => gpu.dispose());

describe('the table of search methods', () => {
  const folder = useFolder();

  test('has the labels that results and file names have always had, in this order', () => {
    expect(SEARCH_LABELS.slice(0, 4)).toEqual(['FUSE task-aware', 'FUSE standard', 'random search', 'DARTS']);
    expect(LABELLED_SEARCHES.slice(0, 4).map(({ method, space }) => [method.name, space])).toEqual([
      ['fuse', 'task-aware'],
      ['fuse', 'standard'],
      ['random', 'standard'],
      ['darts', 'standard'],
    ]);
  });

  test('finds a search by its label, and names a method’s search in a space', () => {
    for (const wanted of LABELLED_SEARCHES) expect(searchLabelled(wanted.label)).toBe(wanted);
    expect(labelOf(searchMethod('fuse'), 'task-aware')).toBe('FUSE task-aware');
    expect(searchLabelled('FUSE random-space').space).toBe('random-space');
    expect(labelOf(searchMethod('darts'), 'task-aware')).toBe('DARTS');
  });

  test.each(SEARCH_METHOD_NAMES)('holds a state of %s that goes through a file', async (name) => {
    const path = `${folder.path}/${name}.safetensors`;
    let last: SavedSearch | undefined;
    const options = {
      ...toySettings,
      ...interruptAfter(1),
      save: async (state: SavedState, tensors: ReadonlyMap<string, Tensor>) => {
        last = await copyOf(state, tensors);
        await saveSearch(path, state, tensors);
      },
    };
    // A method without progress cannot be interrupted; it saves at its end all the same.
    await nas.search(gpu, name, data, options).catch((error) => {
      expect(error).toMatchObject({ code: 'INTERRUPTED' });
    });
    expect(last?.state.method).toBe(name);
    expect((await loadSearch(path)).state).toEqual(last?.state);
  });

  test('tells names, titles and states of its methods apart', () => {
    for (const key of ['name', 'title'] as const)
      expect(new Set(SEARCH_METHODS.map((method) => method[key])).size).toBe(SEARCH_METHODS.length);
    for (const { name, stateSchema } of SEARCH_METHODS) {
      const wrong = (method: string) =>
        stateSchema(schemas)
          .safeParse({ method })
          .error?.issues.some(({ path }) => path[0] === 'method');
      expect([name, wrong(name), wrong('luck')]).toEqual([name, false, true]);
    }
  });

  test('refuses a method that it has not', async () => {
    const unknown = () => Reflect.apply(nas.search, undefined, [gpu, 'luck', data, toySettings]);
    expect(await failure(unknown)).toMatchObject({
      code: 'SEARCH_OPTION',
      message: expect.stringMatching(/^search: unknown method 'luck'; known are fuse, random, darts/),
    });
  });
});

describe('a method by its record', () => {
  const run = vi.fn(async () => {
    const [winner] = drawDistinct(toySettings.space, toySettings, 1, new Random(1));
    return { winner, validationAccuracy: 0, rounds: [], spent: { steps: 0, networks: 0 } };
  });
  const luck = defineSearchMethod({
    name: 'luck',
    title: 'Luck',
    namesSpace: false,
    stateSchema: ({ z, searchState }) => searchState('luck', { draws: z.int() }),
    run,
  });
  const saved = (method: string) => ({ state: { method, settings: {}, draws: 3 }, tensors: new Map() });

  test('is given settings, what to watch, and its own state', async () => {
    const resume = saved('luck');
    const { winner } = await luck.search(gpu, data, { ...toySettings, resume });
    expect(winner.nodes).toBe(3);
    expect(run).toHaveBeenLastCalledWith(gpu, data, { ...toySettings, resume });
  });

  test('is not given another method’s state', async () => {
    run.mockClear();
    const error = await failure(() => luck.search(gpu, data, { ...toySettings, resume: saved('fuse') }));
    expect(error).toMatchObject({
      code: 'SEARCH_STATE',
      message: expect.stringContaining("the saved state is of 'fuse', not of 'luck'"),
    });
    expect(run).not.toHaveBeenCalled();
  });
});
