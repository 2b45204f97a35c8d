import { setTimeout as wait } from 'node:timers/promises';
import { InterruptedError } from '../training/errors';
import { JobError } from './errors';
import { type Bench, execute } from './execute.node';
import { lineUp } from './priority';
import type { Asked, Runner } from './runner';

/** How long to wait before asking again for a job that another process does. */
const PAUSE_MS = 200;

interface Waiting {
  readonly asked: Asked;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Does jobs in this process, one after another, the most urgent first; what another process on the store does is waited for meanwhile. */
export function localRunner(bench: Bench): Runner {
  const waiting: Waiting[] = [];
  /** What others do. */
  let held: Waiting[] = [];
  let isBusy = false;

  async function work(): Promise<void> {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      await attempt(next);
      if (waiting.length > 0 || held.length === 0) continue;
      await wait(PAUSE_MS);
      takeBack();
    }
    isBusy = false;
  }

  function takeBack(): void {
    for (const job of held) lineUp(waiting, job);
    held = [];
  }

  async function attempt(job: Waiting): Promise<void> {
    const { order } = job.asked;
    try {
      if (bench.signal.aborted) throw new InterruptedError();
      if (await execute(order, bench)) {
        job.resolve();
        takeBack();
      } else held.push(job);
    } catch (error) {
      job.reject(isOurs(error) ? error : new JobError(order, reasonOf(error), error));
    }
  }

  return {
    adapter: async () => bench.gpu.adapter.kind,
    run: (asked) =>
      new Promise((resolve, reject) => {
        lineUp(waiting, { asked, resolve, reject });
        if (isBusy) return;
        isBusy = true;
        void work();
      }),
    close: async () => undefined,
  };
}

const isOurs = (error: unknown) => error instanceof InterruptedError || error instanceof JobError;
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
