import { DISTANCE_KINDS, DISTANCE_NAMES, type DistanceKind } from './distance-kind';
import type { Figure } from './figure';
import { heatMapSvg } from './heatmap';
import { isAtNull, nullOf } from './null-distance';
import type { Distance } from './results';
import { sensitivitySvg } from './sensitivity';

const MEAN_UNITS: Readonly<Record<DistanceKind, string>> = {
  logdet: 'log-det distance per parameter (nats)',
  frechet: 'Fréchet distance (no unit)',
};
const SD_UNITS: Readonly<Record<DistanceKind, string>> = {
  logdet: 'standard deviation (nats)',
  frechet: 'standard deviation (no unit)',
};
const SECTION = 'distance';

/** Every picture of the distances, in the order of the page. `names` are those of the tasks, in their order. */
export function distanceFigures(distance: Distance, names: readonly string[]): Figure[] {
  return [
    ...DISTANCE_KINDS.flatMap((kind) => [
      meanFigure(distance, names, kind),
      ...(distance.averaged ? [] : [sdFigure(distance, names, kind)]),
    ]),
    ...(distance.overEpsilon.length > 0 ? [sensitivityFigure(distance, names)] : []),
    ...(distance.published ? [publishedFigure(distance.published, names)] : []),
  ];
}

/** A matrix with the tasks' nulls on its diagonal, or nothing there where they have none. */
const withNulls = (
  matrix: readonly (readonly number[])[],
  nullOf: (target: number) => number | undefined,
): (number | null)[][] =>
  matrix.map((row, source) =>
    row.map((value, target) => (source === target ? (nullOf(target) ?? null) : value)),
  );

const hasNulls = (distance: Distance, kind: DistanceKind): boolean =>
  distance.tasks.some((task) => nullOf(distance, kind, task) !== null);

/** How many pairs of networks a null is of: each seed and the next, cyclically, or the two halves of the seeds. */
const pairCount = ({ seeds, averaged }: Distance): number =>
  averaged || seeds.length < 3 ? 1 : seeds.length;
const pairsOf = (distance: Distance): string =>
  pairCount(distance) === 1 ? 'one pair' : `${pairCount(distance)} pairs`;

function meanFigure(distance: Distance, names: readonly string[], kind: DistanceKind): Figure {
  const { tasks, seeds, averaged } = distance;
  const counted = `${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'}`;
  const over = averaged ? `From Fishers averaged over ${counted}.` : `Mean over ${counted}.`;
  const diagonal = hasNulls(distance, kind)
    ? `On the diagonal is the null: the distance of a task from itself, between networks with other first weights, ${pairsOf(distance)} a task. A number in brackets is not above the mean of its column’s null and its standard deviation together: there the matrix does not tell the two tasks apart.`
    : `The diagonal is empty: ${seeds.length === 1 ? 'with one seed there is' : 'these results have'} no distance of a task from itself to hold the others against.`;
  const isSquared = kind === 'frechet' && distance.squaredFrechet;
  const squares = isSquared ? 'These are squares, as the public program prints them. ' : '';
  const atNull = distance[kind].mean.map((row, source) =>
    row.map((value, target) => source !== target && isAtNull(value, nullOf(distance, kind, tasks[target]))),
  );
  return {
    section: SECTION,
    name: `heatmap-${kind}-mean`,
    svg: heatMapSvg({
      title: `${DISTANCE_NAMES[kind]} distance: mean`,
      unit: MEAN_UNITS[kind],
      names,
      values: withNulls(distance[kind].mean, (target) => nullOf(distance, kind, tasks[target])?.mean),
      atNull: hasNulls(distance, kind) ? atNull : undefined,
    }),
    caption: `${over} ${squares}${READING[kind]} ${diagonal}`,
  };
}

const READING: Readonly<Record<DistanceKind, string>> = {
  logdet: 'Read down a column: the palest cell off the diagonal is the closest source for that target.',
  frechet:
    'Its largest possible value is 1. It is far from 0 for the same task, too, where the first weights differ, so compare its numbers with the diagonal and not with 0.',
};

function sdFigure(distance: Distance, names: readonly string[], kind: DistanceKind): Figure {
  return {
    section: SECTION,
    name: `heatmap-${kind}-sd`,
    svg: heatMapSvg({
      title: `${DISTANCE_NAMES[kind]} distance: standard deviation`,
      unit: SD_UNITS[kind],
      names,
      values: withNulls(distance[kind].sd, (target) =>
        pairCount(distance) > 1 ? nullOf(distance, kind, distance.tasks[target])?.sd : undefined,
      ),
    }),
    caption: `Spread over seeds${pairCount(distance) > 1 && hasNulls(distance, kind) ? ', on the diagonal that of the null over its pairs' : ''}. Two means that differ by less than this are not told apart.`,
  };
}

function sensitivityFigure(distance: Distance, names: readonly string[]): Figure {
  return {
    section: SECTION,
    name: 'sensitivity-logdet',
    svg: sensitivitySvg(distance, names),
    caption: `How the log-det distances to each target depend on ε, the number added to every entry of a Fisher; the dotted line is at ${distance.epsilon.toExponential()}, that of this run. A mark stands on the closest source: where the mark changes its line, another ε makes another task the closest. Below the dashed line a distance is smaller than that of the target from itself.`,
  };
}

function publishedFigure(published: readonly (readonly number[])[], names: readonly string[]): Figure {
  return {
    section: SECTION,
    name: 'heatmap-logdet-published',
    svg: heatMapSvg({
      title: 'Log-det distance: published',
      unit: MEAN_UNITS.logdet,
      names,
      values: published,
    }),
    caption:
      'Published, not measured here: means over ten seeds from arXiv:2103.00241, with the paper’s own network and training. The diagonal is 0 by definition. Compare the order of the cells, not their size.',
  };
}
