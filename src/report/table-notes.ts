import { formatSeconds } from './format';
import type { Results, Search, TableRow } from './results';
import { singleSearchNote } from './seed-spread';

/** Searches whose GPU time differs by more of the longest one had other budgets. */
const EQUAL = 0.05;

/** What the table has to be read with, a sentence or two each. Of what older results do not say nothing is claimed. */
export function tableNotes({
  table,
  search,
  adapter,
  ...by
}: Pick<Results, 'table' | 'search' | 'adapter' | 'preset' | 'protocol'>): string[] {
  return [
    legendOf(table),
    budgetNote(table, adapter.software),
    testImagesNote(search),
    rankingNote(table, search, by),
  ].flatMap((note) => note ?? []);
}

function legendOf(table: readonly TableRow[]): string | undefined {
  if (!table.some(({ cost }) => cost)) return undefined;
  return 'Head: parameters of the last layer; body: all others. Networks and steps (of one network’s weights) are those of the search, with its GPU time; then those of the one network that was trained from scratch and tested.';
}

/** Whether the methods took the same GPU time to search, and what follows if not. */
export function budgetNote(table: readonly TableRow[], software: boolean): string | undefined {
  const times = table.flatMap(({ architecture, cost }) =>
    cost?.search ? { architecture, seconds: cost.search.gpuSeconds } : [],
  );
  if (times.length < 2) return undefined;
  const sorted = times.toSorted((a, b) => a.seconds - b.seconds);
  const [least, most] = [sorted[0], sorted[sorted.length - 1]];
  const difference = most.seconds > 0 ? 1 - least.seconds / most.seconds : 0;
  const before = times.some(({ architecture }) => architecture.includes('task-aware'))
    ? ' Distances and dictionary, which the task-aware space comes from, are not in it.'
    : '';
  const [from, to] = [least, most].map(({ seconds }) => formatSeconds(seconds));
  if (difference <= EQUAL) {
    return `The searches took ${from} to ${to} of GPU time, the same within 5 %.${before}`;
  }
  const percent = (100 * difference).toFixed(0);
  const why = software
    ? 'On a software adapter other programs disturb such times.'
    : 'Their errors are not of one budget.';
  return `The searches did not take the same GPU time: ${least.architecture} took ${from}, ${percent} % less than ${most.architecture} with ${to}. ${why}${before}`;
}

/** What test images were read for before the final tests. */
export function testImagesNote(search: readonly Search[]): string | undefined {
  if (search.length === 0) return undefined;
  if (search.some(({ testImagesSeen }) => testImagesSeen === undefined)) {
    return 'These older results do not say what test images were read for before the final tests.';
  }
  const uses = [...new Set(search.flatMap(({ testImagesSeen = [] }) => testImagesSeen))];
  const all = uses.join(', ');
  if (search.some(({ evaluatedTestOnce }) => !evaluatedTestOnce)) {
    return `Test images were read before the final tests, and something was chosen by them: ${all}. The errors may be too low for it.`;
  }
  return uses.length === 0
    ? 'Test images were first read in the final tests.'
    : `Nothing was chosen by test images. Before the final tests they were read for what is only reported: ${all}.`;
}

/** What the errors of single searches say, and those of several seeds. */
function rankingNote(
  table: readonly TableRow[],
  search: readonly Search[],
  { preset, protocol }: Pick<Results, 'preset' | 'protocol'>,
): string | undefined {
  const overSeeds = table.flatMap(({ seeds }) => seeds ?? []);
  if (overSeeds.length > 0)
    return `Errors are mean ± sd over seeds (${Math.min(...overSeeds)} at least). Whether methods differ is a question to pairs of seeds, not to this table: see taskgrad study.`;
  if (search.length === 0) return undefined;
  const [{ target }] = search;
  return singleSearchNote({ preset, protocol, target }, [...new Set(search.map(({ method }) => method))]);
}
