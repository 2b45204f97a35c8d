import * as z from 'zod';
import { DataError } from '../data/errors';
import type { Tensor } from '../tensor/tensor';
import { loadTensors, saveTensors } from '../training/checkpoint.node';
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
 */
export async function saveSearch(
  path: string,
  state: SavedState,
  tensors: ReadonlyMap<string, Tensor>,
): Promise<void> {
  await saveTensors(path, tensors, state);
}

/** Reads what `saveSearch` wrote. @throws DataError if the file is missing, cut, or holds something else */
export const loadSearch = (path: string): Promise<SavedSearch<SearchFileState>> =>
  loadState(path, fileSchema, 'the state of a search');

/**
 * Reads a safetensors file with a state in its metadata.
 * @param expected what the state is, in words
 * @throws DataError if the file is missing, cut, or the state is not of the schema
 */
export async function loadState<State>(
  path: string,
  schema: z.ZodType<State>,
  expected: string,
): Promise<SavedSearch<State>> {
  const { tensors, meta: state } = await loadTensors(path, (meta) => {
    const parsed = schema.safeParse(meta);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new DataError('DATA_FORMAT', {
      file: path,
      field: `state ${issue.path.join('.')}`.trim(),
      expected,
      found: issue.message,
    });
  });
  return { state, tensors };
}
