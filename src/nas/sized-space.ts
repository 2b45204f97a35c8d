import { checkEntries, type Dictionary, entriesOf } from './dictionary';
import type { Genotype } from './genotype';
import { operationsOf } from './genotype';
import type { OperationName } from './operations/defined';
import { FEWEST_OPERATIONS, type SearchSpace, SearchSpaceError } from './space';

/** A cell's operations, those on most edges first; of equals the one that `all` has first. */
function byUse(genotype: Genotype, all: readonly OperationName[]): OperationName[] {
  const edges = [...Object.values(genotype.edges), ...Object.values(genotype.reduction ?? {})];
  const uses = (name: OperationName) => edges.filter((edge) => edge === name).length;
  const used = new Set(operationsOf(genotype));
  return all.filter((name) => used.has(name)).sort((a, b) => uses(b) - uses(a));
}

/** Operations of a task's known cells: those of the best cell first, within a cell those on most edges. */
export function rankedOperations(
  task: string,
  dictionary: Dictionary,
  all: readonly OperationName[],
): OperationName[] {
  const ranked = entriesOf(dictionary, task).flatMap(({ genotype }) => byUse(genotype, all));
  return [...new Set(ranked)];
}

/**
 * A task-aware space of a given size: the first so many of `rankedOperations`. Spaces of several tasks have one size so, and
 * differ in which operations they hold alone.
 * @param name what the space is called
 * @throws SearchSpaceError where the known cells use fewer operations, or a search could not choose
 */
export function sizedSpace(
  name: string,
  task: string,
  dictionary: Dictionary,
  whole: SearchSpace,
  size: number,
): SearchSpace {
  checkEntries('sizedSpace', dictionary, task);
  const all = whole.operations;
  const ranked = rankedOperations(task, dictionary, all);
  if (!Number.isInteger(size) || size < FEWEST_OPERATIONS || size > ranked.length)
    throw new SearchSpaceError(
      `a space of ${size} operations of task ${task}: its known cells use ${ranked.length}, and a search needs ${FEWEST_OPERATIONS} or more; try more cells of the task, or take a smaller space`,
    );
  const kept = new Set(ranked.slice(0, size));
  const operations = all.filter((one) => kept.has(one));
  const reason = `${size} of ${all.length} operations: the first ones of the best known cells of task ${task}`;
  return { name, operations, reason };
}
