import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { defineKind, folderStore, run, serve } from '../../src/experiment/public.node';
import type { Gpu } from '../../src/tensor/gpu';
import type { Measured } from './measured';
import { startRedis } from './redis';

const ADAPTER = 'none';
/** Jobs use no GPU: only the kind of its adapter is in their keys. */
const gpu = { adapter: { kind: ADAPTER }, runtime: { check: () => undefined } } as unknown as Gpu;
const JOBS = 200;
const SECONDS = 20;
const STEP_MS = 100;

const empty = defineKind({
  name: 'empty',
  version: 1,
  check: Number,
  run: async (_, { of }: { of: number }) => ({ value: of }),
});
const slow = defineKind({
  name: 'slow',
  version: 1,
  check: Number,
  run: async ({ progress }, { seconds }: { seconds: number }) => {
    const steps = (1000 * seconds) / STEP_MS;
    for (let step = 0; step < steps; step++) {
      progress(step, steps);
      await wait(STEP_MS);
    }
    return { value: seconds };
  },
});

/** The worker of the measurement, in a process of its own. */
export const serveEmpty = (folder: string, queue: string): Promise<void> =>
  serve({ gpu, store: folderStore(folder), kinds: [empty, slow], queue });

/**
 * Counts what the queue costs beside the work of jobs, on a Redis server of its own.
 * @param worker arguments with which this program is `serveEmpty`, before its own two
 */
export async function queueCost(worker: readonly string[]): Promise<Measured['queue']> {
  const root = mkdtempSync(join(tmpdir(), 'taskgrad-queue-cost-'));
  const folder = join(root, 'store');
  const { url, server, redis } = await startRedis(root);
  const alone = await during(redis, () => wait(1000 * SECONDS));
  const child = spawn(process.execPath, [...worker, folder, url], { stdio: 'inherit' });
  try {
    const options = { store: folderStore(folder), queue: { url, adapter: ADAPTER } };
    await run((job) => job(empty, { of: -1 }), options);
    const idle = await during(redis, () => wait(1000 * SECONDS));
    const beforeBusy = process.cpuUsage();
    const busy = await during(redis, () => run((job) => job(slow, { seconds: SECONDS }), options));
    const planned = cpuSince(beforeBusy);
    const before = process.cpuUsage();
    const all = await during(redis, () =>
      run(async (job) => {
        for (let of = 0; of < JOBS; of++) await job(empty, { of });
      }, options),
    );
    const plannedAll = cpuSince(before);
    const beyond = (used: Used, by: number) => ({
      commands: used.commands / by,
      serverCpu: Math.max(0, used.serverCpu - (alone.serverCpu / alone.seconds) * used.seconds) / by,
    });
    const job = beyond(all, JOBS);
    return {
      commandsPerJob: job.commands,
      serverCpuPerJob: job.serverCpu,
      plannerCpuPerJob: plannedAll / JOBS,
      idle: beyond(idle, idle.seconds),
      busy: { ...beyond(busy, busy.seconds), plannerCpu: planned / busy.seconds },
    };
  } finally {
    redis.disconnect();
    for (const one of [child, server]) {
      one.kill('SIGTERM');
      await once(one, 'exit');
    }
    rmSync(root, { recursive: true, force: true });
  }
}

interface Used {
  /** Those of scripts included. */
  readonly commands: number;
  /** In seconds. */
  readonly serverCpu: number;
  /** That went by. */
  readonly seconds: number;
}

/** What the server did meanwhile, for itself as well. */
async function during(redis: Redis, work: () => Promise<unknown>): Promise<Used> {
  const before = await countsOf(redis);
  const begun = performance.now();
  await work();
  const seconds = (performance.now() - begun) / 1000;
  const after = await countsOf(redis);
  const commands = after.commands - before.commands;
  return { commands, serverCpu: after.serverCpu - before.serverCpu, seconds };
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

async function countsOf(redis: Redis) {
  const stats = await redis.info('commandstats');
  const commands = [...stats.matchAll(/calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
  const cpu = await redis.info('cpu');
  const seconds = [...cpu.matchAll(/^used_cpu_(?:user|sys):([\d.]+)/gm)];
  return { commands, serverCpu: seconds.reduce((sum, [, used]) => sum + Number(used), 0) };
}
