import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isWorkerProcess } from '../../src/experiment/parent-worker.node';
import { defineKind, folderStore, run, serve } from '../../src/experiment/public.node';
import { serveQueue } from '../../src/experiment/queue-worker.node';
import { onSignals } from '../../src/experiment/signals.node';
import { WorkerPool } from '../../src/experiment/worker-pool.node';
import type { Gpu } from '../../src/tensor/gpu';
import { InterruptedError } from '../../src/training/errors';

const aNumber = (value: unknown): number => {
  if (typeof value !== 'number') throw new TypeError('no number');
  return value;
};

/** What a counting job is to do, beside counting. */
export interface Counting {
  readonly name: string;
  readonly to: number;
  /** A step at which it ends its process by SIGKILL, if it has begun at 0. */
  readonly killedAt?: number;
  /** Whether that takes the process of the worker with it, as when a machine goes. */
  readonly isAll?: boolean;
  /** A folder in which it writes each try down. */
  readonly log?: string;
}

/** Which process counts, and from where. */
export const counting = defineKind({
  name: 'counting',
  version: 1,
  check: (value) => value as { readonly pid: number; readonly from: number },
  run: async ({ file, progress, signal }, { name, to, killedAt, isAll, log }: Counting) => {
    const from = Number(await readFile(file('at'), 'utf8').catch(() => '0'));
    if (log) await appendFile(join(log, name), `${process.pid} from ${from}\n`);
    for (let at = from; at < to; at++) {
      await writeFile(file('at'), String(at));
      progress(at, to);
      if (signal.aborted) throw new InterruptedError();
      if (at === killedAt && from === 0) {
        if (isAll) process.kill(process.ppid, 'SIGKILL');
        process.kill(process.pid, 'SIGKILL');
      }
      await wait(5);
    }
    return { value: { pid: process.pid, from } };
  },
});

/** Done once as many processes do such a job at the same time. */
export const meeting = defineKind({
  name: 'meeting',
  version: 1,
  check: aNumber,
  run: async (_, { folder, of }: { name: string; folder: string; of: number }) => {
    await mkdir(join(folder, String(process.pid)), { recursive: true });
    while ((await readdir(folder)).length < of) await wait(10);
    return { value: process.pid };
  },
});

/** What its worker's environment says of its place. Two such jobs are done side by side; one ends its first worker. */
export const placed = defineKind({
  name: 'placed',
  version: 1,
  check: (value) => value as string,
  run: async ({ file }, { folder, isKilled }: { folder: string; isKilled: boolean }) => {
    await mkdir(join(folder, String(process.pid)), { recursive: true });
    const haveCome = async (count: number) => {
      while ((await readdir(folder)).length < count) await wait(10);
    };
    await haveCome(2);
    if (isKilled && !existsSync(file('killed'))) {
      await writeFile(file('killed'), '');
      process.kill(process.pid, 'SIGKILL');
    }
    await haveCome(3);
    return { value: process.env.PLACE ?? 'none' };
  },
});

/** Ends its worker whenever it is tried. */
export const poison = defineKind({
  name: 'poison',
  version: 1,
  check: aNumber,
  run: async (): Promise<{ value: number }> => process.exit(7),
});

/** Fails as often as it is told. */
export const failing = defineKind({
  name: 'failing',
  version: 1,
  check: aNumber,
  run: async ({ file }, { times }: { times: number }) => {
    const failed = existsSync(file('failed')) ? Number(await readFile(file('failed'), 'utf8')) : 0;
    if (failed === times) return { value: failed };
    await writeFile(file('failed'), String(failed + 1));
    throw new RangeError(`failure ${failed + 1}`);
  },
});

/** Hangs as often as it is told: it never lets go of its thread, or waits for what never comes and hears of no signal. */
export const hanging = defineKind({
  name: 'hanging',
  version: 1,
  check: aNumber,
  patience: 0.3,
  run: async ({ file, progress }, { how, times }: { how: 'busy' | 'idle'; times: number }) => {
    const hung = Number(await readFile(file('hung'), 'utf8').catch(() => '0'));
    if (hung === times) return { value: hung };
    await writeFile(file('hung'), String(hung + 1));
    if (how === 'busy') for (;;);
    for (;;) {
      progress(1, 2); // the same again is no progress
      await wait(20);
    }
  },
});

const KINDS = [counting, meeting, placed, poison, failing, hanging];

/** Of these tests: their jobs use no GPU. */
const benchOf = (root: string, adapter: string, kinds = KINDS) => ({
  gpu: { adapter: { kind: adapter }, runtime: { check: () => undefined } } as unknown as Gpu,
  store: folderStore(root),
  kinds,
});

/** What a worker process of a run does. */
export const serveRun = (root: string, adapter: string): Promise<void> => serve(benchOf(root, adapter));

/** What a worker of a queue does, which is given up soon when it is silent. @param lacks the kind of job that it does not know */
export async function serveQueueFor(
  root: string,
  adapter: string,
  url: string,
  { lacks, metrics }: { readonly lacks?: string; readonly metrics?: string },
): Promise<void> {
  if (isWorkerProcess()) {
    const known = KINDS.filter(({ name }) => name !== lacks);
    await serve(benchOf(root, adapter, known));
    return;
  }
  const [, file, ...args] = process.argv;
  const stop = new AbortController();
  const { signal } = stop;
  const pool = new WorkerPool({ count: 1, file, args }, signal);
  onSignals({ first: () => stop.abort(), second: () => pool.kill() });
  await serveQueue(pool, 1, { url, signal, metrics, say: () => undefined, silenceMs: 1500 });
  process.exit();
}

/** A planner that wants jobs counted. */
export async function planCounting(root: string, url: string, jobs: readonly Counting[]): Promise<void> {
  const watch = { progress: () => console.log('progress') };
  const options = { store: folderStore(root), queue: { url }, watch };
  await run((job) => Promise.all(jobs.map((wanted) => job(counting, wanted))), options);
}
