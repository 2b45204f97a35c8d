import type { Gpu } from '../tensor/gpu';
import { aFunction, anObject, checkAll } from '../tensor/guard';
import { InterruptedError } from '../training/errors';
import { artefactOf } from './artefact.node';
import type { DataSet } from './data-set';
import { JobError } from './errors';
import type { Bench } from './execute.node';
import type { Artefact, Kind } from './kind';
import { localRunner } from './local-runner.node';
import { openMetrics } from './metrics.node';
import { orderOf } from './order.node';
import type { Ending } from './overall';
import type { PlanWatch } from './plan-watch';
import { termsOf } from './priority';
import { processRunner } from './process-runner.node';
import type { QueueOptions } from './queue.node';
import { QueueRunner } from './queue-runner.node';
import type { Runner } from './runner';
import type { Store } from './store';
import type { Workers } from './worker-pool.node';

/**
 * Asks for a job. The same job asked for twice is done once.
 * @param label what a person calls it; default: its kind's name
 * @throws JobError if it could not be done
 */
export type Job = <In, Value>(kind: Kind<In, Value>, inputs: In, label?: string) => Promise<Artefact<Value>>;

/**
 * An experiment: asks for jobs, awaits what they make, asks for others. Jobs that do not await each other may be done in any
 * order, and at once.
 */
export type Plan<Result> = (job: Job) => Promise<Result>;

/** What a plan is carried out with. */
export interface PlanOptions {
  /** Where artefacts are kept. */
  readonly store: Store;
  /** Has jobs save what they have and end. */
  readonly signal?: AbortSignal;
  /** Told of jobs while they are done; `experiment.watchOverall` makes one bar of it. */
  readonly watch?: Partial<PlanWatch>;
  /** Serves figures for Prometheus at `/metrics`: 'PORT' for programs on this machine, 'HOST:PORT' for others, too; default: no. */
  readonly metrics?: string;
}

/** Jobs are done in this process one after another, by worker processes on this machine, or by workers anywhere, over a queue. */
export type DoneBy = { readonly gpu: Gpu } | { readonly workers: Workers } | { readonly queue: QueueOptions };

/** How a plan is carried out: with what, and by whom. */
export type RunOptions = PlanOptions & DoneBy;

/**
 * Carries a plan out. What the store has is not computed again, whoever computed it; the result has the same bits, whoever
 * computes it.
 * @returns what the plan returns
 * @throws what the plan throws: JobError of a job that failed, unless it was caught; InterruptedError after `signal`
 * @example
 * ```ts
 * const square = experiment.defineKind({
 *   ...{ name: 'square', version: 1, check: Number },
 *   run: async (_, { of }: { of: number }) => ({ value: of ** 2 }),
 * });
 * const store = experiment.folderStore('squares');
 * const { value } = await experiment.run((job) => job(square, { of: 3 }), { store, gpu });
 * value; // → 9
 * ```
 */
export async function run<Result>(plan: Plan<Result>, options: RunOptions): Promise<Result> {
  checkAll('run', { plan: [plan, aFunction], options: [options, anObject] });
  const { store, signal = new AbortController().signal } = options;
  const nothing = () => undefined;
  const silent = {
    progress: nothing,
    say: nothing,
    log: nothing,
    note: nothing,
    asked: nothing,
    ended: nothing,
  };
  const watch: PlanWatch = { ...silent, ...options.watch };
  const kinds = new Map<string, Kind>();
  const data = new Map<string, DataSet>();
  const runner = runnerFor(options, { store, kinds, data: (sha256) => data.get(sha256), signal, watch });
  const metrics =
    options.metrics === undefined
      ? undefined
      : await openMetrics(options.metrics, { role: 'planner', counts: runner.counts });
  const asked = new Map<string, Promise<Artefact>>();

  const job: Job = async (kind, inputs, label) => {
    if ((kinds.get(kind.name) ?? kind) !== kind) {
      throw new RangeError(
        `experiment.run: two kinds of job are called '${kind.name}'; give them names of their own`,
      );
    }
    kinds.set(kind.name, kind);
    const { order, data: given } = orderOf(kind, inputs, await runner.adapter(), label);
    for (const set of given) data.set(set.sha256, set);
    const end = (how: Ending, seconds: number) => {
      watch.ended(order, how, seconds);
      metrics?.ended(order.kind, how, how === 'done' ? seconds : undefined);
    };
    const artefact = async () => {
      const terms = termsOf(kind, inputs);
      watch.asked(order, terms);
      const kept = await store.read(order.key);
      try {
        if (!kept) await runner.run({ order, terms });
        const stored = kept ?? (await store.read(order.key));
        if (!stored) throw new JobError(order, `its artefact is gone from ${store.name}`);
        const made = artefactOf(stored, kind.check);
        end(kept ? 'kept' : 'done', stored.seconds);
        return made;
      } catch (error) {
        if (!(error instanceof InterruptedError)) end('failed', 0);
        throw error;
      }
    };
    const promise = asked.get(order.key) ?? artefact();
    asked.set(order.key, promise);
    return promise as ReturnType<typeof artefact>;
  };
  try {
    return await plan(job);
  } finally {
    await Promise.all([runner.close(), metrics?.close()]);
  }
}

function runnerFor(options: RunOptions, bench: Omit<Bench, 'gpu'>): Runner {
  if ('gpu' in options) return localRunner({ ...bench, gpu: options.gpu });
  if ('workers' in options) return processRunner(options.workers, bench);
  return new QueueRunner(options.queue, bench);
}
