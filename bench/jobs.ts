// What a job costs beside its work: empty jobs through the folder store alone, and through a queue on this machine as well.
//   npm run bench:jobs -- [--jobs N]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { defineKind, folderStore, type RunOptions, run, serve } from '../src/experiment/public.node';
import type { Gpu } from '../src/tensor/gpu';
import { startRedis } from './scaling/redis';

const ADAPTER = 'none';
/** Jobs use no GPU: only the kind of its adapter is in their keys. */
const gpu = { adapter: { kind: ADAPTER }, runtime: { check: () => undefined } } as unknown as Gpu;
const TICKS_A_SECOND = 100;
const SHARES = [0.5, 0.9, 0.99];
/** Milliseconds a job, by the design. */
const TARGETS = { store: 10, queue: 20 };

const empty = defineKind({
  name: 'empty',
  version: 1,
  check: Number,
  run: async (_, { of }: { of: string }) => ({ value: of.length }),
});

const { values, positionals } = parseArgs({
  options: { jobs: { type: 'string', default: '200' } },
  allowPositionals: true,
});
const [role, folder, url] = positionals;
if (role === 'worker') await serve({ gpu, store: folderStore(folder), kinds: [empty], queue: url });
else await measure(Number(values.jobs));
process.exit();

async function measure(count: number): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'taskgrad-jobs-'));
  const store = folderStore(join(root, 'store'));
  console.log(
    `${count} empty jobs, one after another; load ${loadavg()[0].toFixed(1)} on ${availableParallelism()} cores`,
  );
  const alone = await series('store', count, { store, gpu }, [process.pid]);

  const { url: address, server, redis } = await startRedis(root);
  const self = fileURLToPath(import.meta.url);
  const worker = spawn(process.execPath, [self, 'worker', join(root, 'store'), address], {
    stdio: 'inherit',
  });
  try {
    const options = { store, queue: { url: address, adapter: ADAPTER } };
    await run((job) => job(empty, { of: 'first' }), options);
    const pids = [process.pid, ...family(worker.pid), ...(server.pid ? [server.pid] : [])];
    const queued = await series('store and queue', count, options, pids);
    const begun = performance.now();
    await run(
      (job) => Promise.all(Array.from({ length: count }, (_, i) => job(empty, { of: `at once ${i}` }))),
      options,
    );
    console.log(`all at once, one worker: ${((performance.now() - begun) / count).toFixed(1)} ms a job`);
    verdict('store', alone);
    verdict('queue', { median: queued.median - alone.median, cpuMs: queued.cpuMs - alone.cpuMs });
  } finally {
    redis.disconnect();
    for (const child of [worker, server]) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    rmSync(root, { recursive: true, force: true });
  }
}

/** Milliseconds a job: waited for, and of CPU in all processes. */
interface Cost {
  readonly median: number;
  readonly cpuMs: number;
}

function verdict(what: keyof typeof TARGETS, { median, cpuMs }: Cost): void {
  const target = TARGETS[what];
  const is = median <= target ? 'reached' : 'missed';
  console.log(
    `${what}: ${median.toFixed(1)} ms a job in the median, ${cpuMs.toFixed(1)} of CPU; at most ${target} wanted: ${is}`,
  );
}

/** Does jobs one after another. @param pids of all processes at work */
async function series(
  name: string,
  count: number,
  options: RunOptions,
  pids: readonly number[],
): Promise<Cost> {
  const times: number[] = [];
  const before = cpuSeconds(pids);
  await run(async (job) => {
    for (let i = 0; i < count; i++) {
      const begun = performance.now();
      await job(empty, { of: `${name} ${i}` });
      times.push(performance.now() - begun);
    }
  }, options);
  const cpuMs = ((cpuSeconds(pids) - before) * 1000) / count;
  times.sort((a, b) => a - b);
  const shares = SHARES.map((share) => `${100 * share} % in ${at(times, share).toFixed(1)}`).join(', ');
  console.log(`${name}: ms a job: ${shares}; ${cpuMs.toFixed(1)} of CPU in all processes`);
  return { median: at(times, 0.5), cpuMs };
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** What processes have used so far, on Linux. */
function cpuSeconds(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, own) => sum + own, 0) / TICKS_A_SECOND;
}

/** A process and those that it has started. */
function family(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [pid, ...children.split(' ').filter(Boolean).map(Number)];
}
