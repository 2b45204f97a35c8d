import * as z from 'zod';
import { DataError } from '../data/errors';
import type { Identity } from '../data/kept.node';
import type { Tensor } from '../tensor/tensor';
import { type KeepOptions, loadTensors, saveTensors } from '../training/checkpoint.node';
import { SEARCH_METHODS, type SearchMethodName } from './methods/table';
import * as schemas from './schemas';
import type { SavedSearch, SavedState, SearchState } from './search-state';
import type { WinnerState } from './train-winner';

/** All that a file of a search may be the state of. */
export type SearchFileState = WinnerState | SearchState<SearchMethodName>;

const fileSchema: z.ZodType<SearchFileState> = z.discriminatedUnion('method', [
  schemas.winnerStateSchema,
  ...SEARCH_METHODS.map(({ stateSchema }) => stateSchema(schemas)),
]);

/**
 * Writes a search as one safetensors file, all or nothing. The state is in its metadata. @throws OutputError
 * @example
 * ```ts
 * await nas.saveSearch('search.safetensors', { method: 'mine' }, new Map([['alpha', gpu.zeros([3])]]));
 * ```
 */
export async function saveSearch(
  path: string,
  state: SavedState,
  tensors: ReadonlyMap<string, Tensor>,
  keep: KeepOptions = {},
): Promise<void> {
  await saveTensors(path, tensors, state, keep);
}

/**
 * Reads what `saveSearch` wrote. @throws DataError if the file is missing, cut, damaged, or holds something else
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: new Float32Array(64), labels: [0, 1, 0, 1], shape: [1, 4, 4] });
 * const [train, validation] = data.split(set, [0.5, 0.5], { seed: 1 });
 * const images = new data.DeviceSamples(gpu, set);
 * await nas.randomSearch(gpu, { images, train, validation, classes: 2 }, {
 *   space: { name: 'mine', operations: ['skip_connect', 'max_pool_3x3'], reason: 'as small as can be' },
 *   ...{ nodes: 3, channels: 1, candidates: 2, batchSize: 2, seed: 0 },
 *   ...{ rounds: 1, stages: 1, weightEpochs: 1, alphaEpochs: 1 },
 *   save: (state, tensors) => nas.saveSearch('random.safetensors', state, tensors),
 * });
 * (await nas.loadSearch('random.safetensors')).state.method; // → 'random'
 * ```
 */
export const loadSearch = (path: string, of?: Identity): Promise<SavedSearch<SearchFileState>> =>
  loadState(path, fileSchema, 'the state of a search', of);

/**
 * Reads a safetensors file with a state in its metadata.
 * @param expected what the state is, in words
 * @throws DataError as `loadTensors`; `DATA_OTHER` also if the state is not of the schema
 */
export async function loadState<State>(
  path: string,
  schema: z.ZodType<State>,
  expected: string,
  of?: Identity,
): Promise<SavedSearch<State>> {
  const parse = (meta: unknown): State => {
    const parsed = schema.safeParse(meta);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new DataError('DATA_OTHER', {
      file: path,
      field: `state ${issue.path.join('.')}`.trim(),
      expected,
      found: issue.message,
    });
  };
  const { tensors, meta: state } = await loadTensors(path, parse, of);
  return { state, tensors };
}
