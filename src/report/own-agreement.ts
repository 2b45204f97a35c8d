import { bootstrapInterval, type Interval } from './statistics/bootstrap';
import { kendallTau, topOverlap } from './statistics/kendall';

/** A score of a cell and its accuracy from scratch. */
export type Scored = readonly [score: number, truth: number];

/** How well a score of searches orders cells. */
export interface OwnAgreement {
  readonly score: string;
  /** Kendall's τ within rounds: their mean, each counted by its pairs; null where it has none. */
  readonly within: number | null;
  /** 95 %, by bootstrap over rounds. */
  readonly withinInterval: Interval | null;
  /** 95 % of that less α's τ within the same rounds; null for α itself. Above 0 the score orders better than α does. */
  readonly gain: Interval | null;
  /** Rounds whose best cell by the score is the best from scratch, and how many there are. */
  readonly hits: number;
  readonly rounds: number;
  /** τ over all cells; null where scores of different rounds cannot be compared. */
  readonly overall: number | null;
  /** 95 %, by bootstrap over cells. */
  readonly overallInterval: Interval | null;
  /** Share of the ten best by the score that are among the ten best from scratch; null likewise, or with fewer than ten cells. */
  readonly top10: number | null;
  readonly cells: number;
}

const TOP = 10;

type Rounds = readonly (readonly Scored[])[];

/**
 * @param all cells that are compared over rounds; none where scores of different rounds are not on one scale
 * @param alpha the same rounds by α; left out for α itself
 */
export function ownAgreement(
  score: string,
  rounds: Rounds,
  all: readonly Scored[] = rounds.flat(),
  alpha?: Rounds,
): OwnAgreement {
  const overall = tauOf(all);
  const within = (of: Rounds, drawn: readonly number[]) => meanTau(drawn.map((i) => of[i]));
  const gainOf = (drawn: readonly number[], than: Rounds) => {
    const [own, other] = [within(rounds, drawn), within(than, drawn)];
    return own === null || other === null ? null : own - other;
  };
  return {
    score,
    within: meanTau(rounds),
    withinInterval: bootstrapInterval([rounds.length], ([drawn]) => within(rounds, drawn)),
    gain: alpha ? bootstrapInterval([rounds.length], ([drawn]) => gainOf(drawn, alpha)) : null,
    hits: rounds.filter(isHit).length,
    rounds: rounds.length,
    overall,
    overallInterval:
      overall === null ? null : bootstrapInterval([all.length], ([drawn]) => tauOf(drawn.map((i) => all[i]))),
    top10: all.length >= TOP ? topOverlap(scoresOf(all), truthsOf(all), TOP) : null,
    cells: all.length,
  };
}

const scoresOf = (group: readonly Scored[]): number[] => group.map(([score]) => score);
const truthsOf = (group: readonly Scored[]): number[] => group.map(([, truth]) => truth);
const tauOf = (group: readonly Scored[]): number | null => kendallTau(scoresOf(group), truthsOf(group));

function meanTau(groups: Rounds): number | null {
  let [sum, pairs] = [0, 0];
  for (const group of groups) {
    const tau = tauOf(group);
    const own = (group.length * (group.length - 1)) / 2;
    if (tau === null) continue;
    sum += own * tau;
    pairs += own;
  }
  return pairs === 0 ? null : sum / pairs;
}

function isHit(group: readonly Scored[]): boolean {
  const [, truth] = group.reduce((best, one) => (one[0] > best[0] ? one : best));
  return truth === Math.max(...truthsOf(group));
}
