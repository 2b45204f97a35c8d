import { formatDistance, formatPercent } from './format';
import { formatSpread } from './spread';
import type { TextTable } from './table';
import { type Correlation, MEASURES, type Measure, type Pair, type Target, type Transfer } from './transfer';

export const measureName: Readonly<Record<Measure, string>> = { logdet: 'Log-det', frechet: 'Fréchet' };

const columns = (...names: string[]): TextTable['columns'] =>
  names.map((name) => ({ name: name.replace('#', ''), numeric: name.startsWith('#') }));

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
      ...['Target', '#From scratch %', '#Nearest (log-det)', '#Nearest (Fréchet)', '#Best source'],
      ...['#ρ log-det', '#ρ Fréchet'],
    ),
    rows: targets.map(({ task, scratch, ...correlation }) => [
      task,
      formatSpread(scratch, formatPercent),
      ...MEASURES.map((measure) => nearestFirst(pairs, task, measure)[0]?.source ?? '–'),
      bestSource(pairs, task),
      ...MEASURES.map((measure) => shortCorrelation(correlation[measure])),
    ]),
  };
}

/** Spearman's ρ over the pairs of all targets, a line for each distance. */
export function correlationLines({ all, targets, pairs }: Transfer): string[] {
  return MEASURES.map((measure) => {
    const name = measureName[measure];
    const hits = targets.filter(
      ({ task }) => nearestFirst(pairs, task, measure)[0]?.source === bestSource(pairs, task),
    );
    return (
      `${name}: Spearman of distance and accuracy gained over all ${pairs.length} pairs ` +
      `${correlationText(all[measure])}; the nearest source is the best for ${hits.length} of ${targets.length} targets`
    );
  });
}

const shortCorrelation = (correlation: Target[Measure]) =>
  correlation.spread ? correlationText(correlation) : '–';

function nearestFirst(pairs: readonly Pair[], task: string, measure: Measure): Pair[] {
  return pairs.filter(({ target }) => target === task).sort((a, b) => a[measure].mean - b[measure].mean);
}

function bestSource(pairs: readonly Pair[], task: string): string {
  const own = pairs.filter(({ target }) => target === task);
  return own.reduce((best, pair) => (pair.gain.mean > best.gain.mean ? pair : best)).source;
}
