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
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: new Float32Array(64), labels: [0, 1, 0, 1], shape: [1, 4, 4] });
 * const [train, validation] = data.split(set, [0.5, 0.5], { seed: 1 });
 * const images = new data.DeviceSamples(gpu, set);
 * const { winner } = await nas.search(gpu, 'fuse', { images, train, validation, classes: 2 }, {
 *   space: { name: 'mine', operations: ['skip_connect', 'max_pool_3x3'], reason: 'as small as can be' },
 *   ...{ nodes: 3, channels: 1, candidates: 2, batchSize: 2, seed: 0 },
 *   ...{ rounds: 1, stages: 1, weightEpochs: 1, alphaEpochs: 1 },
 * });
 * Object.keys(winner.edges).sort(); // → ['01', '02', '12']
 * ```
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
