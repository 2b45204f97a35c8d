import { searchMethod } from '../../nas/methods/table';
import { replay } from '../../nas/replay/replay';
import type { SearchSpace } from '../../nas/space';
import { type Table, TableError } from '../../nas/table/table';
import type { StudyRun } from '../../report/study/run';
import type { Task } from '../../tasks/task';

/** Searches that a table's figures stand in for. */
export interface ReplayOrder {
  readonly table: Table;
  readonly target: Task;
  readonly seed: number;
  /** Cells that a search may ask for. */
  readonly queries: number;
}

const REPLAYS = 500;

/**
 * FUSE's tournament on a table in each of some spaces: a run a space, whose error and parameters are means over 500 replays.
 * Nothing is trained, so it takes no GPU seconds.
 * @throws TableError where the table has no figures for the target, no parameters, or no cell of a space
 */
export function replayedRuns(
  spaces: readonly SearchSpace[],
  { table, target, seed, queries }: ReplayOrder,
): StudyRun[] {
  const { parameters, name } = table.data;
  if (!parameters)
    throw new TableError(
      `claim: table ${name} does not say how many parameters its cells have, expected a table of taskgrad table build`,
    );
  const accuracies = table.accuracies({ task: target.id });
  return spaces.map(({ name: space, operations }) => {
    const given = { queries, operations, task: target.id, seeds: REPLAYS, seed: seed * REPLAYS };
    const { places } = replay(table, 'fuse', given);
    const mean = (of: ArrayLike<number>) => places.reduce((sum, place) => sum + of[place], 0) / REPLAYS;
    return {
      ...{ method: `${searchMethod('fuse').title}, replayed`, space, task: target.id, seed },
      ...{ testError: 1 - mean(accuracies) / 100, parameters: Math.round(mean(parameters)) },
      ...{ gpuSeconds: 0, curve: [] },
    };
  });
}
