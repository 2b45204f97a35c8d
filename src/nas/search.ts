import type { Gpu } from '../tensor/gpu';
import { anObject, aText, checkAll } from '../tensor/guard';
import type { MethodOptions } from './methods/method';
import { type SearchMethodName, searchMethod } from './methods/table';
import type { SearchOutcome } from './round';
import type { SavedState } from './search-state';
import type { SearchData } from './settings';

/**
 * Searches a cell by one of the methods: FUSE or one of its baselines, all on the budget that the same settings give
 * FUSE.
 * @throws TaskgradError `SEARCH_OPTION` on an unknown method; SearchSpaceError, NanLossError, InterruptedError (after
 *   saving), StrayLabelError, SearchStateError, also if the saved search was made by another method
 */
export async function search(
  gpu: Gpu,
  method: SearchMethodName,
  data: SearchData,
  options: MethodOptions<SavedState>,
): Promise<SearchOutcome> {
  checkAll('search', { method: [method, aText], options: [options, anObject] });
  return searchMethod(method).search(gpu, data, options);
}
