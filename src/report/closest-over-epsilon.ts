import type { Distance } from './results';
import { columns, type TextTable } from './table';

/** The source that is closest to a target from one ε to another, both included. */
interface Span {
  readonly closest: string;
  readonly from: number;
  readonly to: number;
}

/** The closest sources of the `target`-th task, from the largest ε to the smallest. */
export function closestSpans({ overEpsilon }: Pick<Distance, 'overEpsilon'>, target: number): Span[] {
  const spans: Span[] = [];
  for (const { epsilon, logdet } of [...overEpsilon].sort((a, b) => b.epsilon - a.epsilon)) {
    const { closest } = logdet.closest[target];
    const last = spans.at(-1);
    if (last?.closest === closest) spans[spans.length - 1] = { ...last, to: epsilon };
    else spans.push({ closest, from: epsilon, to: epsilon });
  }
  return spans;
}

/** Which source is closest to each target at which ε, as `ten digits (1e-4 to 1e-7), 6 vs rest (1e-8 to 1e-12)`. */
export function closestOverEpsilon(
  distance: Pick<Distance, 'tasks' | 'overEpsilon'>,
  nameOf: (task: string) => string,
): TextTable {
  const rows = distance.tasks.map((task, target) => {
    const spans = closestSpans(distance, target).map(({ closest, from, to }) => {
      const last = from === to ? '' : ` to ${to.toExponential()}`;
      return `${nameOf(closest)} (${from.toExponential()}${last})`;
    });
    return [nameOf(task), spans.join(', ')];
  });
  return { columns: columns('Target', 'Closest by log-det, at which ε'), rows };
}
