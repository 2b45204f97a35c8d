import { setTimeout as wait } from 'node:timers/promises';
import { InterruptedError } from '../training/errors';
import { JobError } from './errors';
import { type Bench, execute } from './execute.node';
import type { Order } from './order.node';
import type { Runner } from './runner';

/** How long to wait before asking again for a job that another process does. */
const PAUSE_MS = 200;

interface Waiting {
  readonly order: Order;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Does jobs in this process, one after another as they came; what another process on the store does is waited for meanwhile. */
export function localRunner(bench: Bench): Runner {
  const waiting: Waiting[] = [];
  let isBusy = false;

  async function work(): Promise<void> {
    let refused = 0;
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const isDone = await attempt(next);
      if (isDone) refused = 0;
      else waiting.push(next);
      if (!isDone && ++refused >= waiting.length) await wait(PAUSE_MS);
    }
    isBusy = false;
  }

  async function attempt({ order, resolve, reject }: Waiting): Promise<boolean> {
    try {
      if (bench.signal.aborted) throw new InterruptedError();
      if (!(await execute(order, bench))) return false;
      resolve();
    } catch (error) {
      reject(isOurs(error) ? error : new JobError(order, reasonOf(error), error));
    }
    return true;
  }

  return {
    adapter: async () => bench.gpu.adapter.kind,
    run: (order) =>
      new Promise((resolve, reject) => {
        waiting.push({ order, resolve, reject });
        if (isBusy) return;
        isBusy = true;
        void work();
      }),
    close: async () => undefined,
  };
}

const isOurs = (error: unknown) => error instanceof InterruptedError || error instanceof JobError;
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
