import type { Gpu } from '../tensor/gpu';
import { aFunction, aList, aText, checkArgument, options as fields, kind, optional } from '../tensor/guard';
import type { DataSet, DataSource } from './data-set';
import type { Kind } from './kind';
import { isWorkerProcess, serveParent } from './parent-worker.node';
import { serveQueue } from './queue-worker.node';
import { onSignals } from './signals.node';
import type { Store } from './store';
import { WorkerPool } from './worker-pool.node';

const serveOptions = fields({
  gpu: kind(
    'a Gpu, or a function that opens one',
    (value) => typeof value === 'object' || typeof value === 'function',
  ),
  store: kind('a store', (value) => typeof value === 'object' && value !== null),
  kinds: aList,
  data: optional(
    kind(
      'a list of data sets or a function that finds them by their hashes',
      (value) => typeof value === 'function' || Array.isArray(value),
    ),
  ),
  queue: optional(aText),
  metrics: optional(aText),
  say: optional(aFunction),
});

/** What a worker works with. */
export interface ServeOptions {
  /** Where jobs compute, or what opens it; it is then disposed of at the end. */
  readonly gpu: Gpu | (() => Promise<Gpu>);
  /** The one that the plan is run with. */
  readonly store: Store;
  /** All kinds of job that the plan asks for. */
  readonly kinds: readonly Kind[];
  /** All data sets that jobs are given, or what finds them by their hashes; default: none. */
  readonly data?: readonly DataSet[] | DataSource;
  /** URL of the Redis or Valkey server that jobs come from; default: they come from the process that started this one. */
  readonly queue?: string;
  /** Serves figures for Prometheus at `/metrics`: 'PORT' for programs on this machine, 'HOST:PORT' for others, too; default: no. */
  readonly metrics?: string;
  /** Told in a sentence what comes of each job of a queue; default: nobody is. */
  readonly say?: (text: string) => void;
}

/**
 * Does jobs, one at a time: those of a queue, or, in a process that `run` started as one of its `workers`, those of that run until
 * it is over. SIGTERM and SIGINT have the job under way save what it has, and end the worker; a second one ends it at once.
 *
 * For a queue, the program is started a second time by this process, and does the jobs there. So a job that ends its process, or
 * hangs, counts as a failed try, and the worker goes on. Only that process opens the GPU where `gpu` is a function.
 * @throws TypeError without a queue in a process that was not started as a worker; TaskgradError `QUEUE` if no server answers,
 *   `WORKERS` if the second process does not come to call `serve`
 * @example
 * ```ts
 * const square = experiment.defineKind({
 *   ...{ name: 'square', version: 1, check: Number },
 *   run: async (_, { of }: { of: number }) => ({ value: of ** 2 }),
 * });
 * // To be called in the file that is named in `run`'s `workers`.
 * const work = () => experiment.serve({ gpu: openGpu, store: experiment.folderStore('squares'), kinds: [square] });
 * ```
 */
export async function serve(options: ServeOptions): Promise<void> {
  checkArgument('serve', 'options', options, serveOptions);
  if (isWorkerProcess()) return serveJobs(options);
  if (options.queue === undefined) {
    throw new TypeError(
      'experiment.serve: this process was not started as a worker; name its file in `workers` of experiment.run, or name a queue',
    );
  }
  return serveBySecond(options.queue, options);
}

/** Does jobs here. */
async function serveJobs({ gpu: given, store, kinds, data = [] }: ServeOptions): Promise<void> {
  const stop = new AbortController();
  const release = onSignals({ first: () => stop.abort() });
  const gpu = typeof given === 'function' ? await given() : given;
  try {
    await serveParent({
      gpu,
      store,
      signal: stop.signal,
      kinds: new Map(kinds.map((kind) => [kind.name, kind])),
      data: typeof data === 'function' ? data : (sha256) => data.find((set) => set.sha256 === sha256),
    });
  } finally {
    if (typeof given === 'function') gpu.dispose();
    release();
  }
}

/** Has this program, started a second time, do the jobs of a queue. */
async function serveBySecond(url: string, { say = () => undefined, metrics }: ServeOptions): Promise<void> {
  const [, file, ...args] = process.argv;
  const stop = new AbortController();
  const pool = new WorkerPool({ count: 1, file, args }, stop.signal);
  const release = onSignals({
    first: () => {
      say('stopping: the job under way is saved and given back; a second signal stops at once');
      stop.abort();
    },
    second: () => pool.kill(),
  });
  try {
    await serveQueue(pool, 1, { url, signal: stop.signal, say, metrics });
  } finally {
    release();
  }
}
