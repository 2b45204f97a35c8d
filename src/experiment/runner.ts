import type { Order } from './order.node';
import type { Terms } from './priority';
import type { QueueCounts } from './queue.node';

/** A job as runners are asked for it. */
export interface Asked {
  readonly order: Order;
  readonly terms: Terms;
}

/** Does jobs, in this process or by others. */
export interface Runner {
  /** Kind of the adapter that all its jobs are done on. */
  adapter(): Promise<string>;
  /** Ends once the store has the job's artefact. @throws JobError if it cannot be done; InterruptedError */
  run(asked: Asked): Promise<void>;
  /** How many jobs wait, of all planners on a queue. */
  readonly counts?: () => Promise<QueueCounts>;
  /** Lets go of whoever does the jobs. */
  close(): Promise<void>;
}
