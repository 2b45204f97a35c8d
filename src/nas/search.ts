import type { Gpu } from '../tensor/gpu';
import { darts } from './darts';
import { fuse } from './fuse';
import { randomSearch } from './random-search';
import {
  type SavedSearch,
  type SaveSearch,
  type SearchOutcome,
  type SearchState,
  SearchStateError,
} from './search-state';
import type { SearchData, SearchSettings, SearchWatch } from './settings';

export const SEARCH_KINDS = ['fuse', 'random', 'darts'] as const;
/** FUSE and its two baselines, all on the budget that the same settings give FUSE. */
export type SearchKind = (typeof SEARCH_KINDS)[number];

export interface SearchOptions extends SearchSettings, SearchWatch {
  readonly save?: SaveSearch;
  /** Goes on from here instead of the beginning. */
  readonly resume?: SavedSearch;
}

/**
 * Searches a cell by one of the methods.
 * @throws SearchSpaceError, NanLossError, InterruptedError (after saving), SearchStateError, also if the saved search was
 *   made by another method
 */
export async function search(
  gpu: Gpu,
  kind: SearchKind,
  data: SearchData,
  { resume, ...options }: SearchOptions,
): Promise<SearchOutcome> {
  switch (kind) {
    case 'fuse':
      return fuse(gpu, data, { ...options, resume: resume && savedBy(kind, resume) });
    case 'random':
      return randomSearch(gpu, data, { ...options, resume: resume && savedBy(kind, resume) });
    case 'darts':
      return darts(gpu, data, { ...options, resume: resume && savedBy(kind, resume) });
  }
}

function savedBy<Kind extends SearchState['method']>(
  kind: Kind,
  { state, tensors }: SavedSearch,
): SavedSearch<Extract<SearchState, { method: Kind }>> {
  if (isBy(state, kind)) return { state, tensors };
  throw new SearchStateError(
    `the saved state is of '${state.method}', not of '${kind}'; go on with the same method, or begin anew elsewhere`,
  );
}

function isBy<Kind extends SearchState['method']>(
  state: SearchState,
  kind: Kind,
): state is Extract<SearchState, { method: Kind }> {
  return state.method === kind;
}
