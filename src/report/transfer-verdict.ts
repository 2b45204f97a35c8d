import { formatP } from './format';
import { type Best, LEVEL, type PredictorScore } from './predictor-scores';
import { leastP } from './statistics/permutation';

/**
 * What the scores bear out, a sentence for each distance: whether its order of sources is better than that of shuffled
 * tasks, and whether a trivial predictor does as well. Where there are more than two, one says which orders best; a last
 * one says so if there are too few tasks to tell.
 */
export function verdictOf(
  scores: readonly PredictorScore[],
  tasks: number,
  best: Best | null = null,
): string[] {
  const tests = scores.filter(({ p }) => p !== null).length;
  const measures = scores.filter(({ trivial }) => !trivial);
  const sentences = [
    ...measures.map((score) => sentence(score, scores, tests)),
    ...(best && measures.length > 2 ? [bestSentence(best, measures)] : []),
    ...givenTarget(scores),
    ...withinSentences(scores),
  ];
  const least = Math.min(1, tests * leastP(tasks));
  if (tests === 0 || least <= LEVEL) return sentences;
  return [
    ...sentences,
    `${tasks} tasks are too few to tell any of these ${tests} predictors from chance: the best order there is would have p = ${formatP(least)}.`,
  ];
}

function sentence(score: PredictorScore, scores: readonly PredictorScore[], tests: number): string {
  const { title, spread, holm } = score;
  if (!spread) return `By ${title} there is no order of sources: all distances or all gains are equal.`;
  if (holm === null)
    return `By ${title} nothing is said of the order of sources: some pair of tasks is missing.`;
  const better = holm <= LEVEL ? 'better' : 'no better';
  const corrected = tests > 1 ? `, with Holm’s correction for ${tests} predictors` : '';
  const order = `By ${title} the order of sources is ${better} than chance makes it (p = ${formatP(holm)}${corrected})`;
  return `${order}${besideRival(score, scores)}.`;
}

function besideRival({ spread, rival }: PredictorScore, scores: readonly PredictorScore[]): string {
  const other = scores.find(({ name }) => name === rival?.name);
  if (!spread || !rival || !other?.spread) return '';
  const both = `(ρ ${other.spread.mean.toFixed(2)} against ${spread.mean.toFixed(2)})`;
  const { low, high } = rival.difference ?? { low: -1, high: 1 };
  if (low > 0) return `, and the ${other.title} predicts better ${both}`;
  if (high < 0) return `, and no trivial predictor does as well: the best is the ${other.title} ${both}`;
  const word = other.spread.mean < spread.mean ? 'better' : 'no better';
  return `, and the ${other.title} does ${word} here ${both}, which is within the noise of tasks and seeds`;
}

/** Which measure orders the sources of a given target best, where there are several measures. */
function givenTarget(scores: readonly PredictorScore[]): string[] {
  const measures = scores.filter(({ trivial, forTarget }) => !trivial && forTarget.rho !== null);
  if (measures.length < 3) return [];
  const best = measures.reduce((a, b) => ((b.forTarget.rho ?? 0) < (a.forTarget.rho ?? 0) ? b : a));
  const { rho, interval, holm } = best.forTarget;
  const tests = scores.filter(({ forTarget }) => forTarget.holm !== null).length;
  const ends = interval ? `, 95 % interval ${interval.low.toFixed(2)} to ${interval.high.toFixed(2)}` : '';
  const chance =
    holm === null
      ? ''
      : `; it is ${holm <= LEVEL ? 'better' : 'no better'} than chance makes it (p = ${formatP(holm)}, with Holm’s correction for ${tests} predictors)`;
  return [
    `For a given target the best order of a measure is that by ${best.title} (ρ ${rho?.toFixed(2)}${ends})${chance}.`,
  ];
}

/** For each data set which measure orders best between its own tasks, beside what needs no distance. */
function withinSentences(scores: readonly PredictorScore[]): string[] {
  const tests = scores.flatMap(({ within }) => within).filter(({ holm }) => holm !== null).length;
  return (scores.at(0)?.within ?? []).flatMap(({ dataset, tasks }, i) => {
    const ranked = (isTrivial: boolean) =>
      scores
        .filter(({ trivial }) => trivial === isTrivial)
        .flatMap(({ title, within }) => {
          const { spread, interval, holm } = within[i];
          return spread ? [{ title, rho: spread.mean, interval, holm }] : [];
        })
        .sort((a, b) => a.rho - b.rho);
    const [[best], [rival]] = [ranked(false), ranked(true)];
    if (!best) return [];
    const ends = best.interval
      ? `, 95 % interval ${best.interval.low.toFixed(2)} to ${best.interval.high.toFixed(2)}`
      : '';
    const chance =
      best.holm === null
        ? ''
        : `; it is ${best.holm <= LEVEL ? 'better' : 'no better'} than chance makes it (p = ${formatP(best.holm)}, with Holm’s correction for ${tests} tests)`;
    const beside = rival
      ? `; of those without a distance the best is the ${rival.title} (ρ ${rival.rho.toFixed(2)})`
      : '';
    return [
      `Within ${dataset} (${tasks} tasks) the best order of a measure is that by ${best.title} (ρ ${best.rho.toFixed(2)}${ends})${chance}${beside}.`,
    ];
  });
}

/** Which measure orders best, and whether that is told from the next. */
function bestSentence({ name, next, difference }: Best, measures: readonly PredictorScore[]): string {
  const words = (wanted: string) => {
    const score = measures.find((one) => one.name === wanted);
    const ends = score?.interval;
    const interval = ends ? `, 95 % interval ${ends.low.toFixed(2)} to ${ends.high.toFixed(2)}` : '';
    return `${score?.title} (ρ ${score?.spread?.mean.toFixed(2)}${interval})`;
  };
  const told = difference && difference.high < 0 ? 'which is beyond' : 'a difference within';
  return `Of these ${measures.length} measures the order by ${words(name)} is the best here, the next is that by ${words(next)}, ${told} the noise of tasks and seeds.`;
}
