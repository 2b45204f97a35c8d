import * as z from 'zod';
import { formatP } from '../format';
import { holm } from '../statistics/holm';
import { leastSignedRankP } from '../statistics/wilcoxon';
import { columns, NOTHING, type TextTable } from '../table';
import { comparedPairs, pairSchema } from './pairs';
import { formatPointEnds, formatPoints } from './points';
import { armOf, inOrder, StudyError, type StudyRun, studyRunSchema } from './run';

/** Chance of saying that a method is better at some budget where it is so at none. */
export const BUDGET_LEVEL = 0.01;

/** Runs of two methods at one budget. */
export interface BudgetRuns {
  /** How many times the preset's budget. */
  readonly factor: number;
  readonly runs: readonly StudyRun[];
}

const budgetSchema = z.strictObject({
  factor: z.number().positive(),
  runs: z.array(studyRunSchema).min(2),
  /** The first method less the second over tasks and seeds; p with Holm's correction for all budgets. */
  pair: pairSchema,
});

/** All that budgets.json says. */
export const budgetsSchema = z.strictObject({
  /** As in tables: 'FUSE, standard'. */
  first: z.string().min(1),
  second: z.string().min(1),
  budgets: z.array(budgetSchema).min(1),
  /** The least budget at which the first has the lower error with p below 0.01; null where there is none. */
  least: z.number().positive().nullable(),
  sentence: z.string().min(1),
});
export type Budgets = z.infer<typeof budgetsSchema>;
type Budget = Budgets['budgets'][number];

/**
 * Two methods over growing budgets, paired by task and seed at each.
 * @param first name of the one that is asked about, as `armOf` makes it; the runs have one other
 * @throws StudyError unless each budget has runs of these two methods with a task and a seed in common
 */
export function budgetsOf(first: string, given: readonly BudgetRuns[]): Budgets {
  const compared = given
    .toSorted((a, b) => a.factor - b.factor)
    .map(({ factor, runs }) => {
      const sorted = inOrder(runs);
      const [second, ...others] = new Set(sorted.map(armOf).filter((name) => name !== first));
      // The names in their order decide which of the two a pair is of first.
      const [pair] = comparedPairs(sorted);
      if (!pair || second === undefined || others.length > 0)
        throw new StudyError(
          `budgets: ${runs.length} runs at budget ${factor}, expected runs of ${first} and of one other method under the same seeds`,
        );
      return { factor, runs: sorted, second, pair: pair.a === first ? pair : turned(pair) };
    });
  const corrected = holm(compared.map(({ pair }) => pair.p));
  const budgets = compared.map(({ factor, runs, pair }, i) => ({
    ...{ factor, runs },
    pair: { ...pair, holm: corrected[i] },
  }));
  const [{ second }] = compared;
  const least = budgets.find(isBetter)?.factor ?? null;
  return { first, second, budgets, least, sentence: sentenceOf(first, second, budgets) };
}

type Compared = ReturnType<typeof comparedPairs>[number];

/** The same pair seen from the other side. */
const turned = ({ a, b, differences, difference, ci, wins, effect, ...rest }: Compared): Compared => ({
  ...rest,
  ...{ a: b, b: a, wins: 1 - wins },
  differences: differences.map((value) => 0 - value),
  difference: 0 - difference,
  ci: ci && [0 - ci[1], 0 - ci[0]],
  effect: effect === null ? null : 0 - effect,
});

/** Whether the first method has the lower error, beyond chance. */
const isBetter = ({ pair: { holm, difference, wins } }: Budget): boolean =>
  holm < BUDGET_LEVEL && difference < 0 && wins > 0.5;

function sentenceOf(first: string, second: string, budgets: readonly Budget[]): string {
  const factors = budgets.map(({ factor }) => factor).join(', ');
  const over = `budgets of ${factors} times the preset’s`;
  const corrected = budgets.length > 1 ? ', with Holm’s correction for all budgets' : '';
  const better = budgets.find(isBetter);
  if (better) {
    const { difference, ci, holm, n } = better.pair;
    const ends = ci ? `, 95 % interval ${formatPointEnds(ci)}` : '';
    return `Of ${over} ${better.factor} is the least at which ${first} has a lower test error than ${second}: by ${formatPoints(difference)} points${ends} (p = ${formatP(holm)}, ${n} pairs${corrected}).`;
  }
  const most = Math.max(...budgets.map(({ pair }) => pair.n));
  const possible = Math.min(1, budgets.length * leastSignedRankP(most));
  if (possible >= BUDGET_LEVEL) {
    let enough = most;
    while (budgets.length * leastSignedRankP(enough) >= BUDGET_LEVEL) enough++;
    return `${most} pairs are too few to say at which budget ${first} beats ${second}: one that did better in every pair would have p = ${formatP(possible)}${corrected}; it takes ${enough} to come below ${BUDGET_LEVEL}.`;
  }
  return `At none of the ${over} does ${first} beat ${second} with p below ${BUDGET_LEVEL}${corrected}.`;
}

/** Every budget: the difference between the two methods, and how sure it is. */
export const budgetTable = ({ first, second, budgets }: Budgets): TextTable => ({
  columns: columns(
    '#Budget',
    `#${first} less ${second}, points`,
    '#95 % interval',
    '#Pairs',
    '#Wins',
    '#p',
    '#p (Holm)',
  ),
  rows: budgets.map(({ factor, pair: { difference, ci, n, wins, p, holm } }) => [
    String(factor),
    formatPoints(difference),
    ci ? formatPointEnds(ci) : NOTHING,
    String(n),
    `${Math.round(100 * wins)} %`,
    formatP(p),
    formatP(holm),
  ]),
});
