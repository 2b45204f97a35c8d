import { formatMillions, formatP, formatPercent, formatSeconds } from '../format';
import { formatSpread } from '../statistics/spread';
import { leastSignedRankP } from '../statistics/wilcoxon';
import { columns, NOTHING, type TextTable } from '../table';
import type { Arm } from './arms';
import { LEVEL } from './pairs';
import { formatPointEnds, formatPoints } from './points';
import type { Study } from './study';

/** Methods by their mean error, the lowest first; by name where that is equal. */
export const byMean = (methods: Study['methods']): [name: string, arm: Arm][] =>
  Object.entries(methods).sort(([, a], [, b]) => a.mean - b.mean);

/** What every method reached and cost: mean ± sd over its runs, and how sure the mean is. */
export function armTable({ methods }: Pick<Study, 'methods'>): TextTable {
  const withSpaces = areDrawn(methods);
  return {
    columns: columns(
      'Method',
      '#Runs',
      '#Error %',
      '#95 % interval',
      '#Parameters (M)',
      '#GPU time',
      ...(withSpaces ? ['#Space'] : []),
    ),
    rows: byMean(methods).map(([name, { errors, mean, sd, ci, parameters, gpuSeconds, spaceSeconds }]) => [
      name,
      String(errors.length),
      errors.length > 1 ? formatSpread({ mean, sd }, formatPercent) : formatPercent(mean),
      ci ? formatPointEnds(ci) : NOTHING,
      formatSpread({ mean: parameters.mean / 1e6, sd: parameters.sd / 1e6 }, formatMillions),
      formatSeconds(gpuSeconds.mean),
      ...(withSpaces ? [spaceSeconds ? formatSeconds(spaceSeconds.mean) : NOTHING] : []),
    ]),
  };
}

const areDrawn = (methods: Study['methods']): boolean =>
  Object.values(methods).some(({ spaceSeconds }) => spaceSeconds);

/** Every two methods, paired by task and seed. */
export const pairTable = ({ pairs }: Pick<Study, 'pairs'>): TextTable => ({
  columns: columns(
    'a less b',
    '#Pairs',
    '#Difference, points',
    '#95 % interval',
    '#p',
    '#p (Holm)',
    '#a wins',
    '#Cohen’s d',
  ),
  rows: pairs.map(({ a, b, n, difference, ci, p, holm, wins, effect }) => [
    `${a} less ${b}`,
    String(n),
    formatPoints(difference),
    ci ? formatPointEnds(ci) : NOTHING,
    formatP(p),
    formatP(holm),
    `${formatWins(wins * n)} of ${n}`,
    effect === null ? NOTHING : effect.toFixed(2),
  ]),
});

/** How to read the two tables. */
export function studyNote({ pairs, methods }: Pick<Study, 'pairs' | 'methods'>): string {
  const most = Math.max(0, ...pairs.map(({ n }) => n));
  const few =
    most > 0 && leastSignedRankP(most) > LEVEL
      ? ` With ${most} pairs it cannot come below ${formatP(leastSignedRankP(most))}.`
      : '';
  const corrected = pairs.length > 1 ? ` Holm: corrected for ${pairs.length} comparisons.` : '';
  const space = areDrawn(methods)
    ? ' Space: time of the networks, distances and dictionary that a space was drawn from; it is not in the GPU time, and counts as the method’s.'
    : '';
  return (
    'Errors: mean ± sample standard deviation. Intervals: of the mean, by the BCa bootstrap over seeds; from fewer than about ten they are rather too narrow. ' +
    `p: Wilcoxon’s exact signed-rank test of the differences, two-sided.${few}${corrected} ` +
    `Cohen’s d: mean over standard deviation of the differences.${space}`
  );
}

const formatWins = (wins: number): string => String(Math.round(2 * wins) / 2);
