import { on } from 'node:events';
import type { Gpu } from '../tensor/gpu';
import { aList, anObject, checkAll, optional } from '../tensor/guard';
import { InterruptedError } from '../training/errors';
import type { DataSet } from './data-set';
import { type Bench, execute } from './execute.node';
import type { Kind } from './kind';
import type { FromJob, FromWorker, ToWorker } from './messages';
import type { Order } from './order.node';
import type { Store } from './store';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

export interface ServeOptions {
  readonly gpu: Gpu;
  /** The one that the plan is run with. */
  readonly store: Store;
  /** All kinds of job that the plan asks for. */
  readonly kinds: readonly Kind[];
  /** All data sets that jobs are given; default: none. */
  readonly data?: readonly DataSet[];
}

/**
 * Does jobs for the process that started this one as a worker (`workers` of `run`), one at a time, until that is done with it.
 * SIGTERM and SIGINT have the job under way save what it has, and end the worker.
 * @throws TypeError in a process that was not started as a worker; ArgumentError
 */
export async function serve(options: ServeOptions): Promise<void> {
  const { gpu, store, kinds, data = [] } = options;
  checkAll('experiment.serve', {
    gpu: [gpu, anObject],
    store: [store, anObject],
    kinds: [kinds, aList],
    data: [data, optional(aList)],
  });
  if (!process.send) {
    throw new TypeError(
      'experiment.serve: this process was not started as a worker; name its file in `workers` of experiment.run',
    );
  }
  const stop = new AbortController();
  const end = () => stop.abort();
  for (const name of SIGNALS) process.on(name, end);
  process.on('disconnect', end);
  const bench: Bench = {
    gpu,
    store,
    signal: stop.signal,
    kinds: new Map(kinds.map((kind) => [kind.name, kind])),
    data: new Map(data.map((set) => [set.sha256, set])),
    watch: {
      progress: (_, done, total, note) => tell({ progress: { done, total, note } }),
      say: (_, text) => tell({ said: { text } }),
    },
  };
  tell({ ready: { adapter: gpu.adapter.kind } });
  try {
    for await (const [message] of on(process, 'message', { signal: stop.signal })) {
      const wanted = message as ToWorker;
      if ('stop' in wanted) break;
      tell(await outcome(wanted.do, bench));
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    for (const name of SIGNALS) process.off(name, end);
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
