import type { SearchMethodName } from '../nas/methods/table';
import { type Replayed, type ReplayOptions, replay, replayable } from '../nas/replay/replay';
import type { Table } from '../nas/table/table';

export interface ReplaysOptions extends ReplayOptions {
  /** Default: all that can be replayed. */
  readonly methods?: readonly SearchMethodName[];
}

/** Replays methods on a table, the one with the least regret after the last query first. @throws TableError; ArgumentError */
export function replays(table: Table, { methods = replayable(), ...options }: ReplaysOptions): Replayed[] {
  const all = methods.map((method) => replay(table, method, options));
  return all.sort((a, b) => endOf(a).mean - endOf(b).mean);
}

export const endOf = ({ curve }: Replayed): Replayed['curve'][number] => curve[curve.length - 1];

/**
 * Regrets as study.json has them, where errors are shares.
 * @param all what `replays` gave
 */
export const regretShares = (
  all: readonly Replayed[],
): Record<string, { mean: number; ci: [low: number, high: number] }> =>
  Object.fromEntries(
    all.map((one) => {
      const { mean, ci } = endOf(one);
      return [one.method, { mean: mean / 100, ci: [Math.max(0, ci[0] / 100), ci[1] / 100] }];
    }),
  );

/** Whether the first method's mean is below the second's beyond both intervals. */
export const isSurely = (better: Replayed, worse: Replayed): boolean =>
  endOf(better).ci[1] < endOf(worse).ci[0];

/**
 * The order in which published searches end, best first, of those that are replayed here. It is of another space: NAS-Bench-101,
 * 200 trials of 150 evaluations, test error 6.109 % of regularised evolution and 6.341 % of random search. Source: figures of
 * White et al., BANANAS, as in table 1 of doi:10.1038/s41598-025-94187-8.
 */
export const PUBLISHED_ORDER = ['evolution', 'random'] as const satisfies readonly SearchMethodName[];
