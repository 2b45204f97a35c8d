import { agreeWords } from '../../report/closest';
import { closestOverEpsilon, closestSpans } from '../../report/closest-over-epsilon';
import { FISHER_IMAGES_NAMES } from '../../report/distance-kind';
import { distanceTable } from '../../report/distance-table';
import { formatPercent } from '../../report/format';
import { distanceWords, nullOf } from '../../report/null-distance';
import type { Distance } from '../../report/results';
import { tableText } from '../../report/table';
import type { Reporter } from '../progress';
import { publishedOrder } from './published-order';

/** Prints the log-det matrix, what it was measured on, the closest sources, and how far the order is the published one. */
export function sayDistances(
  { say }: Pick<Reporter, 'say'>,
  distance: Distance,
  nameOf: (id: string) => string,
): void {
  const { tasks, logdet, seeds, averaged, head, images, epsilon } = distance;
  const over = averaged
    ? `of Fishers averaged over ${seeds.length} seeds`
    : `mean ± sd over ${seeds.length} seeds`;
  const table = tableText(distanceTable(distance, nameOf));
  say(`log-det distances, ${over}; ${nullWords(distance)}:\n${table}`, {
    event: 'distance',
    ...distance,
  });
  const below =
    distance.below === undefined ? '' : `, ${formatPercent(distance.below)} % of all entries below it`;
  say(`on ${FISHER_IMAGES_NAMES[images]}; heads ${head}; ε = ${epsilon.toExponential()}${below}`);
  for (const row of logdet.closest) {
    const words = distanceWords(row.distance, nullOf(distance, 'logdet', row.task));
    say(`closest to task ${row.task}: task ${row.closest}${agreeWords(row, distance)}, at ${words}`);
  }
  const changing = tasks.filter((_, target) => closestSpans(distance, target).length > 1);
  if (changing.length > 0) {
    const table = tableText(closestOverEpsilon(distance, (id) => `task ${id}`));
    say(`which task is closest depends on ε for ${changing.length} of ${tasks.length} targets:\n${table}`);
  }
  const order = publishedOrder(distance);
  if (order)
    say(order.text, { event: 'published order', spearman: order.spearman, interval: order.interval });
}

const nullWords = ({ nulls, seeds }: Distance): string => {
  if (nulls?.logdet.some((itself) => itself !== null))
    return 'on the diagonal the null, which is the task itself with other first weights; in brackets what is not above it';
  return seeds.length === 1 ? 'no null with one seed' : 'no null';
};
