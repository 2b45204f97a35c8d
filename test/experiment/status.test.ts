import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statusText } from '../../src/cli/commands/status';
import { openMetrics } from '../../src/experiment/metrics.node';
import { folderStore, run, watchOverall } from '../../src/experiment/public.node';
import { openStatus } from '../../src/experiment/status.node';
import { bundled } from '../suite/bundled';
import { parseExposition, type Sample } from './exposition';
import { freePort, hasRedis, RedisServer } from './redis';
import { counting, failing } from './worker';

const figures = async (url: string): Promise<Sample[]> => parseExposition(await (await fetch(url)).text());
const figureOf = (samples: readonly Sample[], name: string, labels: Record<string, string> = {}) =>
  samples.find(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, is]) => sample.labels[label] === is),
  )?.value;

describe('figures for Prometheus', () => {
  test('count tries by what came of them, and time those that were done', async () => {
    const metrics = await openMetrics('0', {
      role: 'worker',
      counts: async () => ({ waiting: 3, active: 2, setAside: 1 }),
      workers: () => [{ adapter: 'lavapipe', isUp: true }],
    });
    metrics.begun('a "kind"\nof \\ job')('failed');
    metrics.ended('train', 'done', 45);
    metrics.ended('train', 'kept');
    const samples = await figures(metrics.url);
    const of = (name: string, labels?: Record<string, string>) => figureOf(samples, name, labels);
    expect(of('taskgrad_jobs_total', { kind: 'train', outcome: 'done' })).toBe(1);
    expect(of('taskgrad_jobs_total', { outcome: 'failed' })).toBe(1);
    expect(of('taskgrad_job_seconds_bucket', { kind: 'train', le: '30' })).toBe(0);
    expect(of('taskgrad_job_seconds_bucket', { kind: 'train', le: '100' })).toBe(1);
    expect(of('taskgrad_job_seconds_sum', { kind: 'train' })).toBe(45);
    expect(of('taskgrad_gpu_seconds_total')).toBeCloseTo(45, 1);
    expect(of('taskgrad_queue_jobs', { state: 'waiting' })).toBe(3);
    expect(of('taskgrad_worker_up', { adapter: 'lavapipe' })).toBe(1);
    await metrics.close();
  });

  test('are refused a port that is taken, and what is none', async () => {
    const first = await openMetrics('0', { role: 'worker' });
    const { port } = new URL(first.url);
    await expect(openMetrics(port, { role: 'planner' })).rejects.toThrow(
      `no figures can be served at 127.0.0.1:${port} (EADDRINUSE); name another port`,
    );
    await expect(openMetrics('http', { role: 'planner' })).rejects.toThrow(
      "metrics is 'http', expected PORT or HOST:PORT, as in 9464 or 0.0.0.0:9464",
    );
    await first.close();
  });
});

describe.skipIf(!hasRedis)('a queue at work (needs redis-server)', () => {
  let root: string;
  let redis: RedisServer;
  const closing: (() => unknown)[] = [];
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'taskgrad-status-'));
    redis = new RedisServer(root, await freePort());
    await redis.start();
  });
  afterAll(async () => {
    await Promise.all(closing.map((close) => close()));
    await redis.kill();
    await rm(root, { recursive: true, force: true, maxRetries: 20 });
  });

  test('shows workers, jobs and those set aside, in figures and as a table', async () => {
    const view = await openStatus(redis.url);
    closing.push(() => view.close());
    expect(statusText(await view.read(), new Date())).toBe(
      'no worker shows itself\n\nno queue has been used',
    );
    const program = await bundled(`
      import { serveQueueFor } from './test/experiment/worker';
      const [root, url, metrics] = process.argv.slice(2);
      await serveQueueFor(root, 'lavapipe', url, { metrics });
    `);
    const port = await freePort();
    const args = [program.file, join(root, 'store'), redis.url, String(port)];
    const worker = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    closing.push(program.remove, () => worker.kill('SIGKILL'));
    const shares: number[] = [];
    const options = {
      store: folderStore(join(root, 'store')),
      queue: { url: redis.url },
      watch: watchOverall(({ done, total }) => void shares.push(done / total)),
    };
    let during = '';
    await run(async (job) => {
      await job(failing, { times: 9 }, 'a job that fails').catch(() => undefined);
      const long = job(counting, { name: 'long', to: 600 }, 'a long job');
      while (!/a long job .*%/.test(during)) {
        await wait(100);
        during = statusText(await view.read(), new Date());
      }
      await long;
    }, options);
    expect(during).toMatch(
      new RegExp(`${worker.pid} +lavapipe +\\S+ +[\\d.]+ s +a long job +[\\d.]+ s +\\d+ %`),
    );
    expect(during).toMatch(/taskgrad-\S+-lavapipe +0 +1 +1 +0/);
    expect(during).toMatch(/set aside at \S+Z: a job that fails \(job [0-9a-f]{12}\): failure 3/);
    expect(shares.at(-1)).toBe(1);
    const samples = await figures(`http://127.0.0.1:${port}/metrics`);
    const of = (kind: string, outcome: string) => figureOf(samples, 'taskgrad_jobs_total', { kind, outcome });
    expect([of('failing', 'failed'), of('counting', 'done')]).toEqual([3, 1]);
    expect(figureOf(samples, 'taskgrad_queue_jobs', { state: 'set_aside' })).toBe(1);
    expect(figureOf(samples, 'taskgrad_worker_up')).toBe(1);
    expect(figureOf(samples, 'taskgrad_gpu_seconds_total')).toBeGreaterThan(3);
  });
});
