import { type SearchMethodName, searchMethod } from '../../nas/methods/table';
import { replay, replayable } from '../../nas/replay/replay';
import type { Table } from '../../nas/table/table';
import { kendallTau } from '../statistics/kendall';
import type { StudyTable } from './table-facts';

/** What one cell drawn at random is called. */
const NO_SEARCH = 'no search';

/**
 * What search methods find on a table whose accuracies are all known, over 500 replays each, beside one cell drawn at
 * random; and how far validation accuracy and the number of parameters, where the table has them, order its cells by test
 * accuracy. It is about the table's first task.
 * @param methods those that cannot be replayed are left out
 * @param queries cells that a search may ask for
 * @throws TableError where the table has no test accuracies
 */
export function studyTable(table: Table, methods: readonly SearchMethodName[], queries: number): StudyTable {
  const { name, columns } = table.data;
  const [{ task }] = columns;
  const test = table.accuracies({ task, split: 'test' });
  const known = [...test.keys()].filter((place) => !Number.isNaN(test[place]));
  const asked = Math.min(queries, known.length);
  const regret: StudyTable['regret'] = { [NO_SEARCH]: { mean: drawnRegret(test, known), ci: null } };
  for (const method of replayable().filter((name) => methods.includes(name))) {
    const { curve } = replay(table, method, { queries: asked, task });
    const { mean, ci } = curve[curve.length - 1];
    regret[searchMethod(method).title] = { mean: mean / 100, ci: [ci[0] / 100, ci[1] / 100] };
  }
  return { name, task, cells: table.size, queries: asked, tau: tauOf(table, task), regret };
}

/** How far below the best one a cell is, on average. */
function drawnRegret(test: Float64Array, known: readonly number[]): number {
  const best = known.reduce((most, place) => Math.max(most, test[place]), 0);
  return known.reduce((sum, place) => sum + best - test[place], 0) / known.length / 100;
}

/** Over different networks: cells that are one but for names count once. */
function tauOf(table: Table, task: string): StudyTable['tau'] {
  const { columns, parameters } = table.data;
  const all = table.accuracies({ task, split: 'test' });
  const known = table.networks.filter((place) => !Number.isNaN(all[place]));
  const of = (values: ArrayLike<number>) => known.map((place) => values[place]);
  const isThere = columns.some((column) => column.task === task && column.split === 'validation');
  const scores = {
    ...(isThere && { 'validation accuracy': table.accuracies({ task, split: 'validation' }) }),
    ...(parameters && { parameters }),
  };
  const test = of(all);
  const taus = Object.entries(scores).map(
    ([score, values]) => [score, kendallTau(of(values), test)] as const,
  );
  return Object.fromEntries(taus.flatMap(([score, tau]) => (tau === null ? [] : [[score, tau]])));
}
