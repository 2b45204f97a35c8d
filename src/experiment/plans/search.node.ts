import { labelOf } from '../../nas/methods/labels';
import { type SearchMethodName, searchMethod } from '../../nas/methods/table';
import type { SearchSpace, SpaceName } from '../../nas/space';
import type { Search } from '../../report/results';
import type { Task } from '../../tasks/task';
import { wholeSpace } from '../scene/search-data';
import { closestTo, computeDistances } from './distances.node';
import type { Experiment } from './experiment.node';
import { trainAll } from './networks.node';
import { repeatOf } from './repeats';
import { searchAndTrain } from './searches.node';
import { spacesBeside, taskAware } from './spaces.node';

/** What to search, by what, where, and how often with other seeds. */
export interface SearchOrder {
  readonly target: Task;
  readonly method: SearchMethodName;
  readonly space: SpaceName;
  readonly repeats: number;
}

/**
 * Searches for one task under one seed after another; each draws its own task-aware space.
 * @param onSearch told each search before the next one is begun
 */
export async function searchPlan(
  experiment: Experiment,
  { target, method: name, space, repeats }: SearchOrder,
  onSearch: (search: Search, repeat: number) => Promise<void>,
): Promise<Search[]> {
  const method = searchMethod(name);
  const label = labelOf(method, space);
  const found: Search[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const seed = experiment.settings.seed + repeat;
    const operations =
      space === 'standard'
        ? wholeSpace(experiment.settings.protocol)
        : spacesBeside(experiment, await drawnSpace(repeatOf(experiment, repeat), target, repeat), seed)[
            space
          ];
    const search = await searchAndTrain(experiment, { label, method }, target, operations, seed);
    experiment.tell({ kind: 'searched', seed, search });
    experiment.testImages.note(target, 'final tests');
    await onSearch(search, repeat);
    found.push(search);
  }
  return found;
}

/** The space of the task closest to the target by the log-det distance. */
async function drawnSpace(
  experiment: Experiment,
  target: Task,
  dictionarySeed: number,
): Promise<SearchSpace> {
  await trainAll(experiment);
  const { distance } = await computeDistances(experiment);
  return taskAware(experiment, closestTo(experiment, distance, target), dictionarySeed);
}
