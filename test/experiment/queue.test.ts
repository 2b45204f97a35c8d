import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Artefact, folderStore, type Plan, run } from '../../src/experiment/public.node';
import { InterruptedError } from '../../src/training/errors';
import { type Bundled, bundled } from '../suite/bundled';
import { cable, freePort, hasRedis, RedisServer } from './redis';
import { counting, failing, meeting, poison } from './worker';

describe.skipIf(!hasRedis)('workers of a queue (needs redis-server)', () => {
  let program: Bundled;
  let root: string;
  let redis: RedisServer;
  const workers = new Set<ChildProcess>();

  beforeAll(async () => {
    program = await bundled(`
      import { serveQueueFor } from './test/experiment/worker';
      await serveQueueFor(process.argv[2], process.argv[3], process.argv[4]);
    `);
  });
  afterAll(() => program.remove());
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'taskgrad-queue-'));
    redis = new RedisServer(root, await freePort());
    await redis.start();
  });
  afterEach(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    workers.clear();
    await redis.kill();
    await rm(root, { recursive: true, force: true });
  });

  const store = () => folderStore(join(root, 'store'));
  function worker(adapter = 'lavapipe', port = redis.port): ChildProcess {
    const args = [program.file, join(root, 'store'), adapter, `redis://127.0.0.1:${port}`];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    workers.add(child);
    return child;
  }
  const over = <T>(plan: Plan<T>, rest: object = {}) =>
    run(plan, { store: store(), queue: { url: redis.url }, ...rest });
  const names = ['a', 'b', 'c'];
  const count = (to: number, more: object = {}): Plan<Artefact<{ pid: number; from: number }>[]> => {
    return (job) => Promise.all(names.map((name) => job(counting, { name, to, ...more })));
  };

  test('share the jobs of a plan, and a second plan computes nothing', async () => {
    worker();
    worker();
    const folder = join(root, 'met');
    const plan: Plan<number[]> = async (job) => {
      const made = await Promise.all(['a', 'b'].map((name) => job(meeting, { name, folder, of: 2 })));
      return made.map(({ value }) => value);
    };
    const pids = await over(plan);
    expect(new Set(pids)).toEqual(new Set([...workers].map(({ pid }) => pid)));
    expect(await over(plan)).toEqual(pids);
  });

  test('take over from one that is killed, at its last checkpoint', async () => {
    worker();
    worker();
    const made = await over((job) => job(counting, { name: 'killed', to: 10, killedAt: 6 }));
    expect(made.value.from).toBe(6);
  });

  test('go on when the server is killed and started again', async () => {
    worker();
    let hurt: Promise<void> | undefined;
    const progress = () => {
      hurt ??= redis.kill().then(() => redis.start());
    };
    const made = await over(count(150), { watch: { progress } });
    expect(hurt).toBeDefined();
    expect(made).toHaveLength(3);
  });

  test('that the network is cut off from do no harm', async () => {
    const line = await cable(redis.port);
    worker('lavapipe', line.port);
    let isCut = false;
    const progress = () => {
      if (isCut) return;
      isCut = true;
      line.cut();
      worker();
      setTimeout(line.mend, 3000);
    };
    const made = await over(count(200), { watch: { progress } });
    expect(isCut).toBe(true);
    expect(made.map(({ key }) => key)).toEqual([...new Set(made.map(({ key }) => key))]);
    line.close();
  });

  test('set a job aside that ends three of them, and do the rest', async () => {
    for (let i = 0; i < 4; i++) worker();
    const results = await over((job) =>
      Promise.allSettled([job(poison, {}), job(failing, { times: 3 }), job(failing, { times: 2 })]),
    );
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    const [poisoned, failed] = results;
    expect(poisoned.status === 'rejected' && poisoned.reason.message).toMatch(/poison: job stalled more/);
    expect(failed.status === 'rejected' && failed.reason.message).toMatch(/failing: failure 3; set aside/);
  });

  test('save and end at SIGTERM, and another goes on', async () => {
    const first = worker();
    let stopped: Promise<unknown> | undefined;
    const progress = () => {
      if (stopped) return;
      stopped = once(first, 'exit').then(() => worker());
      first.kill('SIGTERM');
    };
    const made = await over((job) => job(counting, { name: 'long', to: 100 }), { watch: { progress } });
    expect(made.value.from).toBeGreaterThan(0);
    expect(first.exitCode).toBe(0);
  });

  test('go on with what a planner asked for that was stopped', async () => {
    worker();
    const stop = new AbortController();
    const begun = over(count(30), { signal: stop.signal, watch: { progress: () => stop.abort() } });
    await expect(begun).rejects.toThrow(InterruptedError);
    expect(await over(count(30))).toHaveLength(3);
  });

  test('of another adapter are no help, and it is said which', async () => {
    const other = worker('swiftshader');
    const begun = run(count(1), { store: store(), queue: { url: redis.url, adapter: 'lavapipe' } });
    await wait(1500);
    worker('lavapipe');
    expect(await begun).toHaveLength(3);
    expect(other.exitCode).toBe(null);
  });

  test('and no server: the error names it, without its password', async () => {
    const url = `redis://me:secret@127.0.0.1:${await freePort()}`;
    await expect(run(count(1), { store: store(), queue: { url } })).rejects.toThrow(
      /no Redis or Valkey server answers at redis:\/\/me:\*\*\*@127\.0\.0\.1:\d+ \(.*ECONNREFUSED/,
    );
  });
});
