import { kendallTau } from '../../src/report/statistics/kendall';
import { Random } from '../../src/tensor/random';

/** A score and what came of it, of everything that is compared with each other. */
export type Group = readonly (readonly [score: number, truth: number])[];

export interface Agreement {
  /** Kendall's τ-b, the mean over the groups that have one, each counted by its pairs. */
  readonly tau: number;
  /** 95 % of the means where groups, or the members of each, are drawn anew. */
  readonly low: number;
  readonly high: number;
}

const DRAWS = 1000;

/** @param redrawn large groups are drawn anew member by member, many small ones as wholes */
export function agreement(groups: readonly Group[], redrawn: 'members' | 'groups'): Agreement {
  const random = new Random(1);
  const again = <T>(values: readonly T[]): T[] => values.map(() => values[random.int(values.length)]);
  const draws = Array.from({ length: DRAWS }, () =>
    meanTau(redrawn === 'groups' ? again(groups) : groups.map(again)),
  ).sort((a, b) => a - b);
  const at = (share: number) => draws[Math.floor(share * (DRAWS - 1))];
  return { tau: meanTau(groups), low: at(0.025), high: at(0.975) };
}

function meanTau(groups: readonly Group[]): number {
  let [sum, pairs] = [0, 0];
  for (const group of groups) {
    const [scores, truths] = [group.map(([score]) => score), group.map(([, truth]) => truth)];
    const tau = kendallTau(scores, truths);
    if (tau === null) continue;
    const own = (group.length * (group.length - 1)) / 2;
    sum += own * tau;
    pairs += own;
  }
  return pairs === 0 ? 0 : sum / pairs;
}

/** Groups whose highest score has the highest truth. */
export const hits = (groups: readonly Group[]): number =>
  groups.filter((group) => {
    const best = group.reduce((best, one) => (one[0] > best[0] ? one : best));
    return best[1] === Math.max(...group.map(([, truth]) => truth));
  }).length;
