import { setTimeout as wait } from 'node:timers/promises';
import { InterruptedError } from '../training/errors';
import { JobError } from './errors';
import type { Watch } from './execute.node';
import type { JobEvent } from './kind';
import type { Asked, Runner } from './runner';
import { WorkerPool, type Workers } from './worker-pool.node';

/** After how many failures a job is set aside. */
const TRIES = 3;
/** How long to wait before the second try, twice as long before the third; and before asking again for what others do. */
const RETRY_MS = 500;
const HELD_MS = 200;

interface Surroundings {
  readonly signal: AbortSignal;
  readonly watch: Watch;
}

/** Has worker processes on this machine do jobs. A job that fails is tried again, and goes on from what it had saved. */
export function processRunner(workers: Workers, { signal, watch }: Surroundings): Runner {
  const pool = new WorkerPool(workers, signal);
  const pause = (ms: number) => wait(ms, undefined, { signal }).catch(() => undefined);

  async function run(asked: Asked): Promise<void> {
    const { order } = asked;
    const told = {
      begun: () => undefined,
      progress: (done: number, total: number, note: string) => watch.progress(order, done, total, note),
      say: (text: string, event?: JobEvent) => watch.say(order, text, event),
      log: (event: JobEvent) => watch.log(order, event),
    };
    for (let failures = 0; ; ) {
      const outcome = await pool.attempt(asked, told);
      if (outcome.how === 'done') return;
      if (outcome.how === 'interrupted' || signal.aborted) throw new InterruptedError();
      if (outcome.how === 'held') await pause(HELD_MS);
      else {
        failures++;
        if (failures === TRIES)
          throw new JobError(order, `${outcome.reason}; set aside after ${TRIES} tries`);
        await pause(RETRY_MS * 2 ** (failures - 1));
      }
    }
  }

  return { adapter: () => pool.adapter(), run, close: () => pool.close() };
}
