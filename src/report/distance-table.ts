import type { DistanceKind } from './distance-kind';
import { formatDistance } from './format';
import { isAtNull, nullOf } from './null-distance';
import type { Distance } from './results';
import { formatSpread, type Spread } from './statistics/spread';
import { columns, NOTHING, type TextTable } from './table';

/**
 * Distances as the terminal has them: the nulls on the diagonal, in brackets what is not above the null of its column.
 * @param kind default: the log-det distances
 */
export function distanceTable(
  distance: Distance,
  nameOf: (task: string) => string,
  kind: DistanceKind = 'logdet',
): TextTable {
  const { tasks, averaged, [kind]: summary } = distance;
  const words = (spread: Spread) =>
    averaged ? formatDistance(spread.mean) : formatSpread(spread, formatDistance);
  const cell = (source: number, target: number): string => {
    const itself = nullOf(distance, kind, tasks[target]);
    if (source === target) return itself ? words(itself) : NOTHING;
    const spread = { mean: summary.mean[source][target], sd: summary.sd[source][target] };
    return isAtNull(spread.mean, itself) ? `(${words(spread)})` : words(spread);
  };
  return {
    columns: columns('source \\ target', ...tasks.map((id) => `#${id}`)),
    rows: tasks.map((id, source) => [
      `${id} ${nameOf(id)}`,
      ...tasks.map((_, target) => cell(source, target)),
    ]),
  };
}
