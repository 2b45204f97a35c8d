import { DISTANCE_KINDS, DISTANCE_NAMES, type DistanceKind } from './distance-kind';
import { formatDistance, formatP, formatPercent } from './format';
import type { Interval } from './statistics/bootstrap';
import { formatSpread, type Spread } from './statistics/spread';
import { columns, NOTHING, type TextTable } from './table';
import type { Pair, Transfer } from './transfer';
import type { Correlation } from './transfer-correlation';

/** Below this many tasks an interval over tasks is said to be wide. */
const FEW_TASKS = 8;

/** Set beside a distance that is not above the target's null. */
const NOT_ABOVE = '*';

const formatEnds = (ends: Interval | null, format: (value: number) => string): string =>
  ends ? `${format(ends.low)} to ${format(ends.high)}` : NOTHING;

const formatRho = (rho: number) => rho.toFixed(2);

/** ρ over the seeds as in `-0.60 ± 0.12`. */
export function correlationText({ spread, perSeed }: Correlation): string {
  if (!spread) return 'not defined, as all distances or all gains are equal';
  const defined = perSeed.filter((rho) => rho !== null).length;
  const some = defined < perSeed.length ? ` (${defined} of ${perSeed.length} seeds)` : '';
  return `${formatSpread(spread, formatRho)}${some}`;
}

/** Every pair, the nearest source of a target first. A distance that is not above the target's null has a mark. */
export function pairTable(transfer: Transfer): TextTable {
  const { pairs, targets } = transfer;
  return {
    columns: columns(
      'Source → target',
      '#Log-det',
      '#Fréchet',
      '#Accuracy %',
      '#Gained, points',
      '#95 % interval',
    ),
    rows: targets.flatMap(({ task }) =>
      nearestFirst(pairs, task, 'logdet').map((pair) => [
        `${pair.source} → ${pair.target}`,
        ...DISTANCE_KINDS.map(
          (kind) => `${formatSpread(pair[kind], formatDistance)}${markOf(transfer, pair, kind)}`,
        ),
        formatSpread(pair.accuracy, formatPercent),
        `${pair.gain.mean < 0 ? '' : '+'}${formatSpread(pair.gain, formatPercent)}`,
        formatEnds(pair.gainInterval, formatPercent),
      ]),
    ),
  };
}

/**
 * Every target: from scratch, its nearest sources beside its null distances, the source that gave most, and Spearman's
 * ρ over its sources. The nulls have columns only where the distances have them.
 */
export function targetTable(transfer: Transfer): TextTable {
  const { pairs, targets, nulls } = transfer;
  return {
    columns: columns(
      'Target',
      '#From scratch %',
      ...DISTANCE_KINDS.flatMap((kind) => {
        const name = DISTANCE_NAMES[kind];
        return [`#Nearest (${name})`, ...(nulls ? [`#Null (${name})`] : [])];
      }),
      '#Best source',
      '#ρ log-det',
      '#95 % interval',
      '#ρ Fréchet',
      '#95 % interval',
    ),
    rows: targets.map(({ task, scratch, ...correlation }) => [
      task,
      formatSpread(scratch, formatPercent),
      ...DISTANCE_KINDS.flatMap((kind) => {
        const nearest = nearestFirst(pairs, task, kind)[0];
        const own = nullOf(transfer, task, kind);
        const source = nearest ? `${nearest.source}${markOf(transfer, nearest, kind)}` : NOTHING;
        return [source, ...(nulls ? [own ? formatSpread(own, formatDistance) : NOTHING] : [])];
      }),
      bestSource(pairs, task),
      ...DISTANCE_KINDS.flatMap((kind) => [
        correlation[kind].spread ? correlationText(correlation[kind]) : NOTHING,
        formatEnds(correlation[kind].interval, formatRho),
      ]),
    ]),
  };
}

/** What the mark in these tables says, or nothing where no distance has a null. */
export function nullNote({ nulls }: Transfer): string | null {
  return nulls
    ? `${NOT_ABOVE} not above the target’s null, mean and sd together: the distance between networks of the same task that began with other weights.`
    : null;
}

/** Every predictor with its ρ over the pairs of all targets, and how sure that is. */
export function predictorTable({ predictors, targets }: Transfer): TextTable {
  return {
    columns: columns(
      'Sources in the order of',
      '#ρ',
      '#95 % interval',
      '#p',
      '#p (Holm)',
      '#First is best',
      'ρ of each seed',
      ...(predictors.at(0)?.within ?? []).flatMap(({ dataset }) => [`#ρ within ${dataset}`, '#p (Holm)']),
    ),
    rows: predictors.map(({ title, first, spread, perSeed, interval, p, holm, firstIsBest, within }) => [
      `${title}, ${first} first`,
      spread ? formatSpread(spread, formatRho) : NOTHING,
      formatEnds(interval, formatRho),
      p === null ? NOTHING : formatP(p),
      holm === null ? NOTHING : formatP(holm),
      `${formatPart(firstIsBest)} of ${targets.length}`,
      perSeed.map((rho) => (rho === null ? NOTHING : formatRho(rho))).join(' '),
      ...within.flatMap(({ spread, interval, holm }) => [
        spread ? `${formatRho(spread.mean)} (${formatEnds(interval, formatRho)})` : NOTHING,
        holm === null ? NOTHING : formatP(holm),
      ]),
    ]),
  };
}

/** Every predictor with its ρ over the sources of a given target, and how often it finds the best. */
export function givenTargetTable({ predictors, targets }: Transfer): TextTable {
  return {
    columns: columns('Sources in the order of', '#ρ', '#95 % interval', '#p', '#p (Holm)', '#First is best'),
    rows: predictors.map(({ title, first, forTarget: { rho, interval, p, holm }, firstIsBest }) => [
      `${title}, ${first} first`,
      rho === null ? NOTHING : formatRho(rho),
      formatEnds(interval, formatRho),
      p === null ? NOTHING : formatP(p),
      holm === null ? NOTHING : formatP(holm),
      `${formatPart(firstIsBest)} of ${targets.length}`,
    ]),
  };
}

/** How to read it. */
export const GIVEN_TARGET_NOTE =
  'ρ: Spearman of that order and the accuracy gained over the sources of one target, the mean of all targets and seeds. It asks which source to take for a given target; over all pairs, targets differ in how much any source can add.';

/** How to read the table of predictors. */
export function predictorNote({ tasks, targets, pairs, seeds, predictors }: Transfer): string {
  const byChance = targets.reduce(
    (sum, { task }) => sum + 1 / pairs.filter(({ target }) => target === task).length,
    0,
  );
  const within =
    (predictors.at(0)?.within ?? []).length > 0
      ? ' Over all pairs an order has it easy, since data sets differ: ρ within one, with its interval, says more.'
      : '';
  const few = tasks.length < FEW_TASKS ? ` ${tasks.length} tasks are few, so it is wide.` : '';
  return (
    `ρ: Spearman of that order and the accuracy gained, over all ${pairs.length} pairs; near -1, the first transfer best. ` +
    `Interval: bootstrap over tasks and seeds (${seeds.length}), as pairs share their tasks.${few} ` +
    `p: how often shuffled tasks do as well. By chance the first source is the best for ${formatPart(byChance)} of ${targets.length} targets.${within}`
  );
}

const formatPart = (count: number) => (Number.isInteger(count) ? String(count) : count.toFixed(1));

function nullOf({ tasks, nulls }: Transfer, task: string, kind: DistanceKind): Spread | null {
  return nulls?.[kind][tasks.findIndex(({ id }) => id === task)] ?? null;
}

function markOf(transfer: Transfer, pair: Pair, kind: DistanceKind): string {
  const own = nullOf(transfer, pair.target, kind);
  return own && pair[kind].mean <= own.mean + own.sd ? NOT_ABOVE : '';
}

function nearestFirst(pairs: readonly Pair[], task: string, kind: DistanceKind): Pair[] {
  return pairs.filter(({ target }) => target === task).sort((a, b) => a[kind].mean - b[kind].mean);
}

function bestSource(pairs: readonly Pair[], task: string): string {
  const own = pairs.filter(({ target }) => target === task);
  return own.reduce((best, pair) => (pair.gain.mean > best.gain.mean ? pair : best)).source;
}
