import { DataError } from '../data/errors';
import type { Tensor } from '../tensor/tensor';
import { loadTensors, saveTensors } from '../training/checkpoint.node';
import { type SavedSearch, type SearchState, searchStateSchema } from './search-state';

/** Writes a search as one safetensors file, all or nothing; the state is in its metadata. @throws OutputError */
export async function saveSearch(
  path: string,
  state: SearchState,
  tensors: ReadonlyMap<string, Tensor>,
): Promise<void> {
  await saveTensors(path, tensors, state);
}

/** Reads what `saveSearch` wrote. @throws DataError if the file is missing, cut, or holds something else */
export async function loadSearch(path: string): Promise<SavedSearch> {
  const { tensors, meta } = await loadTensors(path, (meta) => {
    const parsed = searchStateSchema.safeParse(meta);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new DataError('DATA_FORMAT', {
      file: path,
      field: `state ${issue.path.join('.')}`,
      expected: 'the state of a search',
      found: issue.message,
    });
  });
  return { state: meta, tensors };
}
