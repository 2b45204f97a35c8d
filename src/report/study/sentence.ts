import { formatP } from '../format';
import { leastSignedRankP } from '../statistics/wilcoxon';
import { LEVEL, type Pair } from './pairs';
import { formatPointEnds, formatPoints } from './points';

/** Differences that the sentence names. */
const MOST_NAMED = 4;

/**
 * One sentence that says what the pairs bear out, and no more: which method has the lower error where Holm's p is at most
 * 0.05; else that nothing is told apart, and whether so few seeds could have told anything.
 * @param names of what was compared
 */
export function sentenceOf(names: readonly string[], pairs: readonly Pair[]): string {
  if (names.length < 2) return `Only ${names[0]} was tried: there is nothing to compare it with.`;
  if (pairs.length === 0)
    return `Nothing is compared: no two of these ${names.length} methods have a task and a seed in common.`;
  const told = pairs.filter(isTold).sort((x, y) => x.holm - y.holm);
  if (told.length > 0) return toldSentence(told, pairs);
  const most = Math.max(...pairs.map(({ n }) => n));
  const least = Math.min(1, pairs.length * leastSignedRankP(most));
  return least > LEVEL ? fewSentence(names, pairs, most, least) : untoldSentence(pairs);
}

/** Whether a difference is beyond chance, and the mean says what the pairs say. */
const isTold = ({ holm, difference, wins }: Pair): boolean =>
  holm <= LEVEL && (difference < 0 ? wins > 0.5 : difference > 0 && wins < 0.5);

function toldSentence(told: readonly Pair[], pairs: readonly Pair[]): string {
  const named = told.slice(0, MOST_NAMED).map(({ a, b, n, difference, ci, holm }) => {
    const [better, worse] = difference < 0 ? [a, b] : [b, a];
    const ends = ci && (difference < 0 ? ([-ci[1], -ci[0]] as const) : ci);
    const interval = ends ? `95 % interval ${formatPointEnds(ends)}, ` : '';
    return `${better} has a lower test error than ${worse} by ${formatPoints(Math.abs(difference))} points (${interval}p = ${formatP(holm)}, ${n} pairs)`;
  });
  const more = told.length - named.length;
  const rest = pairs.length - told.length;
  return [
    listed(named),
    ...(more > 0 ? [`${more} more of the differences are told from chance, too`] : []),
    ...(rest > 0
      ? [`${rest} of ${pairs.length} differences ${rest === 1 ? 'is' : 'are'} not told from chance`]
      : []),
    ...correction(pairs),
  ]
    .join('; ')
    .concat('.');
}

function untoldSentence(pairs: readonly Pair[]): string {
  const { a, b, n, difference, ci, holm } = pairs.reduce((best, pair) =>
    pair.holm < best.holm ? pair : best,
  );
  const interval = ci ? `, 95 % interval ${formatPointEnds(ci)}` : '';
  return [
    `No method is told from another: the smallest p is ${formatP(holm)}, of ${a} less ${b} (${formatPoints(difference)} points${interval}, ${n} pairs)`,
    ...correction(pairs),
  ]
    .join('; ')
    .concat('.');
}

function fewSentence(names: readonly string[], pairs: readonly Pair[], most: number, least: number): string {
  let enough = most;
  while (pairs.length * leastSignedRankP(enough) > LEVEL) enough++;
  const seeds = most === 1 ? 'One pair is' : `${most} pairs are`;
  const corrected = pairs.length > 1 ? `, corrected for ${pairs.length} comparisons` : '';
  return `${seeds} too few to tell these ${names.length} methods apart: one that did better in every pair would have p = ${formatP(least)}${corrected}; it takes ${enough} to come below ${LEVEL}.`;
}

const correction = (pairs: readonly Pair[]): string[] =>
  pairs.length > 1 ? [`p with Holm’s correction for ${pairs.length} comparisons`] : [];

const listed = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')}, and ${parts[parts.length - 1]}`;
