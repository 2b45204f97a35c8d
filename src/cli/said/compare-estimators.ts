import { agreeWords } from '../../report/closest';
import { formatDistance } from '../../report/format';
import type { Distance } from '../../report/results';
import { correlationInterval, LEAST_THINGS } from '../../report/statistics/pair-correlation';
import { columns, NOTHING, type TextTable, tableText } from '../../report/table';
import type { CliExperiment } from '../experiment';
import { matrixCorrelation, publishedOrder } from './published-order';

/** Distances of the same networks by several estimators, the first of which the others are held against. */
type Compared = readonly [Distance, Distance, ...Distance[]];

/** Log-det means of all estimators in one matrix, 'a / b' in a cell. */
export function sideBySide({ task }: Pick<CliExperiment, 'task'>, distances: Compared): TextTable {
  const [{ tasks }] = distances;
  return {
    columns: columns('source \\ target', ...tasks.map((id) => `#${id}`)),
    rows: tasks.map((id, source) => [
      `${id} ${task(id).name}`,
      ...tasks.map((_, target) =>
        source === target
          ? NOTHING
          : distances.map(({ logdet }) => formatDistance(logdet.mean[source][target])).join(' / '),
      ),
    ]),
  };
}

/** The closest source of each target by each estimator. */
export function closestTable({ task }: Pick<CliExperiment, 'task'>, distances: Compared): TextTable {
  const [{ tasks }] = distances;
  return {
    columns: columns('target', ...distances.map(({ estimator }) => `closest, ${estimator}`), ''),
    rows: tasks.map((id, target) => {
      const closest = distances.map(({ logdet }) => logdet.closest[target]);
      const words = distances.map((distance, i) => agreeWords(closest[i], distance));
      const isSame = new Set(closest.map((row) => row.closest)).size === 1;
      return [
        `${id} ${task(id).name}`,
        ...closest.map((row, i) => `${row.closest}${words[i]}, at ${formatDistance(row.distance)}`),
        isSame ? '' : 'differs',
      ];
    }),
  };
}

/** How far each estimator's order of distances is the published one; undefined where nothing was published. */
export function publishedTable(distances: Compared): TextTable | undefined {
  const rows = distances.flatMap((distance) => {
    const order = publishedOrder(distance);
    return order ? [[distance.estimator, order.figures]] : [];
  });
  if (rows.length === 0) return undefined;
  return { columns: columns('estimator', 'Spearman with the published means'), rows };
}

const formatCorrelation = (spearman: number | null): string =>
  spearman === null ? 'none' : spearman.toFixed(2);

/** Prints what another estimator does to the distances: side by side, in their order, and to the closest tasks; beside the paper. */
export function sayComparison(experiment: CliExperiment, distances: Compared): void {
  const [first, ...others] = distances;
  const names = distances.map(({ estimator }) => estimator);
  experiment.say(
    `log-det distances by estimator, ${names.join(' / ')}:\n${tableText(sideBySide(experiment, distances))}`,
  );
  experiment.say(`the closest task of each target:\n${tableText(closestTable(experiment, distances))}`);
  for (const other of others) {
    const changed = first.tasks.filter(
      (_, i) => first.logdet.closest[i].closest !== other.logdet.closest[i].closest,
    );
    const spearman = matrixCorrelation(first.logdet.mean, other.logdet.mean);
    const interval =
      first.tasks.length < LEAST_THINGS
        ? null
        : correlationInterval([first.logdet.mean], [other.logdet.mean]);
    const ends = interval
      ? ` (95 % interval over tasks ${formatCorrelation(interval.low)} to ${formatCorrelation(interval.high)})`
      : '';
    const where = changed.length === 0 ? '' : ` (${changed.join(', ')})`;
    experiment.say(
      `${other.estimator} beside ${first.estimator}: rank correlation (Spearman) ${formatCorrelation(spearman)}${ends}; ` +
        `another closest task for ${changed.length} of ${first.tasks.length} targets${where}`,
      { event: 'estimators', estimators: [first.estimator, other.estimator], spearman, interval, changed },
    );
  }
  const published = publishedTable(distances);
  if (published) experiment.say(`beside the published log-det means:\n${tableText(published)}`);
}
