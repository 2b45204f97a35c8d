import type { ScoreName } from '../../nas/scores/table';
import { bootstrapInterval, type Interval } from '../../report/statistics/bootstrap';
import { kendallTau, topOverlap } from '../../report/statistics/kendall';

/**
 * Kendall's τ of a public measurement with NAS-Bench-201's accuracies: 500 of its cells on CIFAR-100, by the definitions
 * of Abdelfattah et al. 2021.
 */
export const PUBLISHED_TAU: Readonly<Partial<Record<ScoreName, number>>> = {
  fisher: 0.35,
  'gradient-norm': 0.3,
  grasp: 0.31,
  'jacobian-covariance': 0.56,
  snip: 0.41,
  synflow: 0.55,
  parameters: 0.53,
  'multiply-adds': 0.57,
};

/** How well a score orders cells. */
export interface Agreement {
  readonly score: ScoreName;
  /** Kendall's τ-b with the accuracies; null where the scores are all equal. */
  readonly tau: number | null;
  /** 95 %, by bootstrap over the cells. */
  readonly interval: Interval | null;
  /** Of τ less that of the multiply-adds, 95 % likewise: above 0 the score knows more than the plain number. */
  readonly gain: Interval | null;
  /** Share of the ten cells with the largest scores that are among the ten most accurate; null with fewer than ten. */
  readonly top10: number | null;
  readonly published?: number;
}

const PLAIN: ScoreName = 'multiply-adds';
const TOP = 10;

/**
 * @param found scores by name, one a cell
 * @param accuracies of the same cells
 */
export function agreements(
  found: ReadonlyMap<ScoreName, readonly number[]>,
  accuracies: readonly number[],
): Agreement[] {
  const count = accuracies.length;
  const plain = found.get(PLAIN);
  return [...found].map(([score, values]) => {
    const tauOf = (scores: readonly number[], drawn: readonly number[]) =>
      kendallTau(
        drawn.map((i) => scores[i]),
        drawn.map((i) => accuracies[i]),
      );
    const gainOf = (drawn: readonly number[]) => {
      const [own, other] = [tauOf(values, drawn), plain ? tauOf(plain, drawn) : null];
      return own === null || other === null ? null : own - other;
    };
    return {
      score,
      tau: kendallTau(values, accuracies),
      interval: bootstrapInterval([count], ([drawn]) => tauOf(values, drawn)),
      gain: score === PLAIN || !plain ? null : bootstrapInterval([count], ([drawn]) => gainOf(drawn)),
      top10: count >= TOP ? topOverlap(values, accuracies, TOP) : null,
      ...(PUBLISHED_TAU[score] !== undefined && { published: PUBLISHED_TAU[score] }),
    };
  });
}
