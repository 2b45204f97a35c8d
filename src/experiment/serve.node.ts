import type { Gpu } from '../tensor/gpu';
import { aList, anObject, aText, checkArgument, options as fields, kind, optional } from '../tensor/guard';
import type { DataSet, DataSource } from './data-set';
import type { Kind } from './kind';
import { serveParent } from './parent-worker.node';
import { serveQueue } from './queue-worker.node';
import type { Store } from './store';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

const serveOptions = fields({
  gpu: anObject,
  store: anObject,
  kinds: aList,
  data: optional(
    kind(
      'a list of data sets or a function that finds them by their hashes',
      (value) => Array.isArray(value) || typeof value === 'function',
    ),
  ),
  queue: optional(aText),
});

/** What a worker works with. */
export interface ServeOptions {
  /** Where jobs compute. */
  readonly gpu: Gpu;
  /** The one that the plan is run with. */
  readonly store: Store;
  /** All kinds of job that the plan asks for. */
  readonly kinds: readonly Kind[];
  /** All data sets that jobs are given, or what finds them by their hashes; default: none. */
  readonly data?: readonly DataSet[] | DataSource;
  /** URL of the Redis or Valkey server that jobs come from; default: they come from the process that started this one. */
  readonly queue?: string;
}

/**
 * Does jobs, one at a time: those of a queue, or, in a process that `run` started as one of its `workers`, those of that run until
 * it is over. SIGTERM and SIGINT have the job under way save what it has, and end the worker.
 * @throws TypeError without a queue in a process that was not started as a worker; TaskgradError `QUEUE` if no server answers
 * @example
 * ```ts
 * const square = experiment.defineKind({
 *   ...{ name: 'square', version: 1, check: Number },
 *   run: async (_, { of }: { of: number }) => ({ value: of ** 2 }),
 * });
 * // To be called in the file that is named in `run`'s `workers`.
 * const work = () => experiment.serve({ gpu, store: experiment.folderStore('squares'), kinds: [square] });
 * ```
 */
export async function serve(options: ServeOptions): Promise<void> {
  checkArgument('serve', 'options', options, serveOptions);
  const { gpu, store, kinds, data = [], queue } = options;
  const stop = new AbortController();
  const end = () => stop.abort();
  for (const name of SIGNALS) process.on(name, end);
  const bench = {
    gpu,
    store,
    signal: stop.signal,
    kinds: new Map(kinds.map((kind) => [kind.name, kind])),
    data: typeof data === 'function' ? data : (sha256: string) => data.find((set) => set.sha256 === sha256),
  };
  try {
    if (queue === undefined) await serveParent(bench);
    else await serveQueue(queue, bench);
  } finally {
    for (const name of SIGNALS) process.off(name, end);
  }
}
