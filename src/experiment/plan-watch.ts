import { aFunction, checkArgument } from '../tensor/guard';
import type { Watch } from './execute.node';
import type { Order } from './order.node';
import { type Ending, type Overall, overall, type PlanEvent } from './overall';
import type { Terms } from './priority';

/** Told of all that becomes of a plan's jobs. */
export interface PlanWatch extends Watch {
  /** The plan asks for a job, for the first time. */
  asked(order: Order, terms: Terms): void;
  /** A job was in the store, or was done, or failed; and how many seconds the job that made the artefact took. */
  ended(order: Order, how: Ending, seconds: number): void;
}

/**
 * Watches a plan for one bar over all its jobs, whoever does them; for `watch` of `run`.
 * @param show told how far all jobs together are, and of what job the news is
 * @example
 * ```ts
 * const watch = experiment.watchOverall(({ done, total, secondsLeft }, { label }) => {
 *   console.log(`${done.toFixed()} of ${total.toFixed()} s: ${label}, ${secondsLeft?.toFixed() ?? '?'} s left`);
 * });
 * await experiment.run(async () => 0, { gpu, store: experiment.folderStore('squares'), watch });
 * ```
 */
export function watchOverall(
  show: (overall: Overall, order: Order, note: string) => void,
): Partial<PlanWatch> {
  checkArgument('watchOverall', 'show', show, aFunction);
  const hear = overall();
  const tell = (order: Order, note: string, event: Heard) =>
    show(hear({ key: order.key, at: performance.now(), ...event } as PlanEvent), order, note);
  return {
    asked: (order, { cost }) => tell(order, '', { cost }),
    progress: (order, done, total, note) => tell(order, note, { done, total }),
    ended: (order, how) => tell(order, '', { ended: how }),
  };
}

type Heard =
  | { readonly cost: number }
  | { readonly done: number; readonly total: number }
  | { readonly ended: Ending };
