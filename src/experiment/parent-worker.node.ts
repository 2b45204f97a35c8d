import { on } from 'node:events';
import { InterruptedError } from '../training/errors';
import { type Bench, execute } from './execute.node';
import type { FromJob, FromWorker, ToWorker } from './messages';
import type { Order } from './order.node';

/** Does jobs for the process that started this one, until that says so, or is gone, or the signal is aborted. @throws TypeError */
export async function serveParent(given: Omit<Bench, 'watch'>): Promise<void> {
  if (!process.send) {
    throw new TypeError(
      'experiment.serve: this process was not started as a worker; name its file in `workers` of experiment.run, or name a queue',
    );
  }
  const stop = new AbortController();
  const end = () => stop.abort();
  process.on('disconnect', end);
  const signal = AbortSignal.any([given.signal, stop.signal]);
  const bench: Bench = {
    ...given,
    signal,
    watch: {
      progress: (_, done, total, note) => tell({ progress: { done, total, note } }),
      say: (_, text, event) => tell({ said: { text, event } }),
      log: (_, event) => tell({ logged: event }),
      note: () => undefined,
    },
  };
  tell({ ready: { adapter: bench.gpu.adapter.kind } });
  try {
    for await (const [message] of on(process, 'message', { signal })) {
      const wanted = message as ToWorker;
      if ('stop' in wanted) break;
      tell(await outcome(wanted.do, bench));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    process.off('disconnect', end);
    if (process.connected) process.disconnect();
  }
}

async function outcome(order: Order, bench: Bench): Promise<FromJob> {
  try {
    return (await execute(order, bench)) ? { done: true } : { held: true };
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error);
    return { failed, isInterrupted: error instanceof InterruptedError };
  }
}

function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}
