import { formatDistance } from './format';
import { isAtNull, nullOf } from './null-distance';
import type { Distance } from './results';
import { formatSpread, type Spread } from './statistics/spread';
import { columns, NOTHING, type TextTable } from './table';

/**
 * The log-det distances as the terminal has them: the nulls on the diagonal, in brackets what is not above the null of
 * its column.
 */
export function distanceTable(distance: Distance, nameOf: (task: string) => string): TextTable {
  const { tasks, logdet, averaged } = distance;
  const words = (spread: Spread) =>
    averaged ? formatDistance(spread.mean) : formatSpread(spread, formatDistance);
  const cell = (source: number, target: number): string => {
    const itself = nullOf(distance, 'logdet', tasks[target]);
    if (source === target) return itself ? words(itself) : NOTHING;
    const spread = { mean: logdet.mean[source][target], sd: logdet.sd[source][target] };
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
