import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { defineKind, folderStore, serve } from '../../src/experiment/public.node';
import { serveQueue } from '../../src/experiment/queue-worker.node';
import type { Gpu } from '../../src/tensor/gpu';
import { InterruptedError } from '../../src/training/errors';

const aNumber = (value: unknown): number => {
  if (typeof value !== 'number') throw new TypeError('no number');
  return value;
};

/** Which process counts, and from where. Ends its worker by SIGKILL at a step, the first time it comes there. */
export const counting = defineKind({
  name: 'counting',
  version: 1,
  check: (value) => value as { readonly pid: number; readonly from: number },
  run: async (
    { file, progress, signal },
    { to, killedAt }: { name: string; to: number; killedAt?: number },
  ) => {
    const from = Number(await readFile(file('at'), 'utf8').catch(() => '0'));
    for (let at = from; at < to; at++) {
      await writeFile(file('at'), String(at));
      progress(at, to);
      if (signal.aborted) throw new InterruptedError();
      if (at === killedAt && from === 0) process.kill(process.pid, 'SIGKILL');
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

/** Of these tests: their jobs use no GPU. */
const benchOf = (root: string, adapter: string) => ({
  gpu: { adapter: { kind: adapter } } as unknown as Gpu,
  store: folderStore(root),
  kinds: [counting, meeting, poison, failing],
});

/** What a worker process of a run does. */
export const serveRun = (root: string, adapter: string): Promise<void> => serve(benchOf(root, adapter));

/** What a worker of a queue does, which is given up soon when it is silent. */
export function serveQueueFor(root: string, adapter: string, url: string): Promise<void> {
  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort());
  const { gpu, store, kinds } = benchOf(root, adapter);
  const named = new Map(kinds.map((kind) => [kind.name, kind]));
  return serveQueue(url, { gpu, store, kinds: named, data: () => undefined, signal: stop.signal }, 1500);
}
