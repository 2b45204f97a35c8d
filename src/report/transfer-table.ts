import { DISTANCE_KINDS, DISTANCE_NAMES, type DistanceKind } from './distance-kind';
import { formatDistance, formatPercent } from './format';
import { formatSpread } from './statistics/spread';
import { columns, NOTHING, type TextTable } from './table';
import type { Correlation, Pair, TargetSummary, Transfer } from './transfer';

/** ρ over the seeds as in `-0.60 ± 0.12`. */
export function correlationText({ spread, perSeed }: Correlation): string {
  if (!spread) return 'not defined, as all distances or all gains are equal';
  const defined = perSeed.filter((rho) => rho !== null).length;
  const some = defined < perSeed.length ? ` (${defined} of ${perSeed.length} seeds)` : '';
  return `${formatSpread(spread, (rho) => rho.toFixed(2))}${some}`;
}

/** Every pair, the nearest source of a target first. */
export function pairTable({ pairs, targets }: Transfer): TextTable {
  return {
    columns: columns('Source → target', '#Log-det', '#Fréchet', '#Accuracy %', '#Gained, points'),
    rows: targets.flatMap(({ task }) =>
      nearestFirst(pairs, task, 'logdet').map(({ source, target, logdet, frechet, accuracy, gain }) => [
        `${source} → ${target}`,
        formatSpread(logdet, formatDistance),
        formatSpread(frechet, formatDistance),
        formatSpread(accuracy, formatPercent),
        `${gain.mean < 0 ? '' : '+'}${formatSpread(gain, formatPercent)}`,
      ]),
    ),
  };
}

/** Every target: from scratch, its nearest sources and the one that gave most, and Spearman's ρ over its sources. */
export function targetTable({ pairs, targets }: Transfer): TextTable {
  return {
    columns: columns(
      'Target',
      '#From scratch %',
      '#Nearest (log-det)',
      '#Nearest (Fréchet)',
      '#Best source',
      '#ρ log-det',
      '#ρ Fréchet',
    ),
    rows: targets.map(({ task, scratch, ...correlation }) => [
      task,
      formatSpread(scratch, formatPercent),
      ...DISTANCE_KINDS.map((kind) => nearestFirst(pairs, task, kind)[0]?.source ?? NOTHING),
      bestSource(pairs, task),
      ...DISTANCE_KINDS.map((kind) => shortCorrelation(correlation[kind])),
    ]),
  };
}

/** Spearman's ρ over the pairs of all targets, a line for each distance. */
export function correlationLines({ all, targets, pairs }: Transfer): string[] {
  return DISTANCE_KINDS.map((kind) => {
    const name = DISTANCE_NAMES[kind];
    const hits = targets.filter(
      ({ task }) => nearestFirst(pairs, task, kind)[0]?.source === bestSource(pairs, task),
    );
    return (
      `${name}: Spearman of distance and accuracy gained over all ${pairs.length} pairs ` +
      `${correlationText(all[kind])}; the nearest source is the best for ${hits.length} of ${targets.length} targets`
    );
  });
}

const shortCorrelation = (correlation: TargetSummary[DistanceKind]) =>
  correlation.spread ? correlationText(correlation) : NOTHING;

function nearestFirst(pairs: readonly Pair[], task: string, kind: DistanceKind): Pair[] {
  return pairs.filter(({ target }) => target === task).sort((a, b) => a[kind].mean - b[kind].mean);
}

function bestSource(pairs: readonly Pair[], task: string): string {
  const own = pairs.filter(({ target }) => target === task);
  return own.reduce((best, pair) => (pair.gain.mean > best.gain.mean ? pair : best)).source;
}
