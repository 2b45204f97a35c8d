import { on } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { GpuLostError } from '../../runtime/errors';
import type { Gpu } from '../tensor/gpu';
import { InterruptedError } from '../training/errors';
import { LackError } from './errors';
import { type Bench, execute } from './execute.node';
import type { FromWorker, Outcome, ToWorker } from './messages';
import type { Order } from './order.node';
import { endWithParent } from './orphan.node';

/** Set in the environment of worker processes. */
export const WORKER = 'TASKGRAD_WORKER';

/** Whether this process was started to do jobs for another one. */
export const isWorkerProcess = (): boolean => process.send !== undefined && process.env[WORKER] !== undefined;

/**
 * Does jobs for the process that started this one, until that says so, or is gone, or the signal is aborted, or the GPU is lost:
 * the parent then starts another worker.
 */
export async function serveParent(given: Omit<Bench, 'watch'>): Promise<void> {
  const stop = new AbortController();
  const end = () => stop.abort();
  process.on('disconnect', end);
  const settle = endWithParent();
  const signal = AbortSignal.any([given.signal, stop.signal]);
  let current = new AbortController();
  const listen = (message: ToWorker) => {
    if ('abort' in message) current.abort();
  };
  process.on('message', listen);
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
  const messages = on(process, 'message', { signal });
  tell({ ready: { adapter: bench.gpu.adapter.kind } });
  try {
    for await (const [message] of messages) {
      const wanted = message as ToWorker;
      if ('stop' in wanted) break;
      if (!('do' in wanted)) continue;
      current = new AbortController();
      const ended = await outcome(wanted.do, {
        ...bench,
        signal: AbortSignal.any([signal, current.signal]),
      });
      tell({ ended });
      if (ended.how === 'failed' && (await isLost(bench.gpu))) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    process.off('disconnect', end);
    process.off('message', listen);
    settle();
    if (process.connected) process.disconnect();
  }
}

async function outcome(order: Order, bench: Bench): Promise<Outcome> {
  try {
    return { how: (await execute(order, bench)) ? 'done' : 'held' };
  } catch (error) {
    if (error instanceof InterruptedError) return { how: 'interrupted' };
    const reason = error instanceof Error ? error.message : String(error);
    return { how: error instanceof LackError ? 'lacking' : 'failed', reason };
  }
}

async function isLost(gpu: Gpu): Promise<boolean> {
  await wait(); // the news of it may come after what failed by it
  try {
    gpu.runtime.check();
    return false;
  } catch (error) {
    return error instanceof GpuLostError;
  }
}

/** The parent may go at any time. */
function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
