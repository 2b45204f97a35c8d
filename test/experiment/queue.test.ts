import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { orderOf } from '../../src/experiment/order.node';
import { termsOf } from '../../src/experiment/priority';
import { type Artefact, folderStore, type Plan, run } from '../../src/experiment/public.node';
import { connect, queueName } from '../../src/experiment/queue.node';
import { shownWorkers, showWorker } from '../../src/experiment/shown-worker.node';
import { InterruptedError } from '../../src/training/errors';
import { type Bundled, bundled } from '../suite/bundled';
import { cable, freePort, hasRedis, RedisServer } from './redis';
import { counting, failing, hanging, meeting, poison } from './worker';

describe.skipIf(!hasRedis)('workers of a queue (needs redis-server)', () => {
  let program: Bundled;
  let planner: Bundled;
  let root: string;
  let log: string;
  let redis: RedisServer;
  const others = new Set<ChildProcess>();

  beforeAll(async () => {
    program = await bundled(`
      import { serveQueueFor } from './test/experiment/worker';
      const [root, adapter, url, lacks] = process.argv.slice(2);
      await serveQueueFor(root, adapter, url, { lacks });
    `);
    planner = await bundled(`
      import { planCounting } from './test/experiment/worker';
      const [root, url, jobs] = process.argv.slice(2);
      await planCounting(root, url, JSON.parse(jobs));
    `);
  });
  afterAll(() => {
    program.remove();
    planner.remove();
  });
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'taskgrad-queue-'));
    log = join(root, 'log');
    await mkdir(log);
    redis = new RedisServer(root, await freePort());
    await redis.start();
  });
  afterEach(async () => {
    const ends = [...others].map(async (child) => {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    });
    for (const child of others) child.kill('SIGKILL');
    await Promise.all(ends);
    others.clear();
    await redis.kill();
    await rm(root, { recursive: true, force: true, maxRetries: 20 });
  });

  const folder = () => join(root, 'store');
  const store = () => folderStore(folder());
  function start({ file }: Bundled, ...args: string[]): ChildProcess {
    const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    others.add(child);
    return child;
  }
  const worker = (adapter = 'lavapipe', port = redis.port, ...lacks: string[]) =>
    start(program, folder(), adapter, `redis://127.0.0.1:${port}`, ...lacks);
  const over = <T>(plan: Plan<T>, rest: object = {}) =>
    run(plan, { store: store(), queue: { url: redis.url }, ...rest });
  const names = ['a', 'b', 'c'];
  const countingTo = (to: number) => names.map((name) => ({ name, to, log }));
  const count = (to: number): Plan<Artefact<{ pid: number; from: number }>[]> => {
    return (job) => Promise.all(countingTo(to).map((wanted) => job(counting, wanted)));
  };
  /** How often each job was begun. */
  const tries = async () => {
    const texts = await Promise.all(names.map((name) => readFile(join(log, name), 'utf8')));
    return texts.map((text) => text.trim().split('\n').length);
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
    expect(new Set(pids).size).toBe(2);
    expect(await over(plan)).toEqual(pids);
  });

  test.each([
    ['process', false],
    ['machine', true],
  ])('take over from one whose %s is gone, at its last checkpoint', async (_, isAll) => {
    worker();
    worker();
    const made = await over((job) => job(counting, { name: 'a', to: 10, killedAt: 6, isAll }));
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
    expect(await tries()).toEqual([1, 1, 1]);
  });

  test('do on what they are at where the network cuts them off, and nobody does it a second time', async () => {
    const line = await cable(redis.port);
    worker('lavapipe', line.port);
    let isCut = false;
    const progress = () => {
      if (isCut) return;
      isCut = true;
      line.cut();
      worker();
      setTimeout(line.mend, 30_000);
    };
    const made = await over(count(1000), { watch: { progress } });
    expect(isCut).toBe(true);
    expect(new Set(made.map(({ value }) => value.pid)).size).toBe(2);
    expect(await tries()).toEqual([1, 1, 1]);
    line.close();
  });

  test('do a job once that is delivered twice', async () => {
    const { order } = orderOf(counting, { name: 'a', to: 200, log }, 'lavapipe');
    const connection = await connect(redis.url);
    const queue = new Queue(queueName('lavapipe'), { connection });
    const terms = termsOf(counting, { name: 'a', to: 200, log });
    for (const jobId of ['first', 'second']) {
      await queue.add(order.kind, { order, terms }, { jobId, removeOnComplete: true });
    }
    worker();
    worker();
    while ((await queue.count()) + (await queue.getActiveCount()) > 0) await wait(100);
    const made = await store().read(order.key);
    expect(made?.value).toMatchObject({ from: 0 });
    expect((await readFile(join(log, 'a'), 'utf8')).trim()).toBe(`${Object(made?.value).pid} from 0`);
    await queue.close();
    connection.disconnect();
  });

  test('go on without the planner, and another planner has nothing done again', async () => {
    worker();
    const first = start(planner, folder(), redis.url, JSON.stringify(countingTo(100)));
    if (first.stdout) await once(first.stdout, 'data');
    first.kill('SIGKILL');
    const made = await over(count(100));
    expect(made.map(({ value }) => value.from)).toEqual([0, 0, 0]);
    expect(await tries()).toEqual([1, 1, 1]);
  });

  test('set a job aside that fails, ends its process or hangs three times, and do the rest', async () => {
    worker();
    worker();
    const results = await over((job) =>
      Promise.allSettled([
        job(poison, {}),
        job(failing, { times: 3 }),
        job(hanging, { how: 'idle', times: 3 }),
        job(failing, { times: 2 }),
        job(hanging, { how: 'busy', times: 1 }),
        ...names.map((name) => job(counting, { name, to: 2 })),
      ]),
    );
    const reasons = results.map((result) => result.status === 'rejected' && result.reason.message);
    expect(reasons).toEqual([
      expect.stringMatching(/poison: its worker ended by code 7; set aside after 3 tries$/),
      expect.stringMatching(/failing: failure 3; set aside after 3 tries$/),
      expect.stringMatching(/hanging: it made no progress for 0\.3 s, and its worker was killed; set aside/),
      ...Array.from({ length: 2 + names.length }, () => false),
    ]);
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

  test('end at once at a second SIGTERM, whatever the job does', async () => {
    const first = worker();
    let ended: Promise<unknown> | undefined;
    const progress = () => {
      if (ended) return;
      ended = once(first, 'exit').then(() => worker());
      first.kill('SIGTERM');
      setTimeout(() => first.kill('SIGTERM'), 700);
    };
    const patient = { ...hanging, patience: 600 };
    const made = await over((job) => job(patient, { how: 'idle', times: 1 }), { watch: { progress } });
    expect(made.value).toBe(1);
    expect(first.signalCode).toBe('SIGTERM');
  });

  test('go on with what a planner asked for that was stopped', async () => {
    worker();
    const stop = new AbortController();
    const begun = over(count(30), { signal: stop.signal, watch: { progress: () => stop.abort() } });
    await expect(begun).rejects.toThrow(InterruptedError);
    expect(await over(count(30))).toHaveLength(3);
  });

  test('of another adapter or version leave jobs to others, and it is said which are there', async () => {
    worker('swiftshader');
    const connection = await connect(redis.url);
    const there = async (of: number) => {
      while ((await shownWorkers(connection)).length < of) await wait(50);
    };
    const facts = { id: 'old', version: '0.0.9', adapter: 'lavapipe', host: 'h', since: '', doing: [] };
    await showWorker(connection, facts);
    await there(2);
    const notes: string[] = [];
    const note = (text: string) => {
      notes.push(text);
      worker('lavapipe');
    };
    const queue = { url: redis.url, adapter: 'lavapipe' };
    expect(await run(count(1), { store: store(), queue, watch: { note } })).toHaveLength(3);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/^waiting for a worker of version \S+ on lavapipe; those that are there have /);
    expect(notes[0]).toMatch(/version 0\.0\.9 on lavapipe/);
    expect(notes[0]).toMatch(/version \S+ on swiftshader/);
    connection.disconnect();
  });

  test('leave a job to others whose kind they do not know', async () => {
    worker('lavapipe', redis.port, 'counting');
    const notes: string[] = [];
    const note = (text: string) => {
      if (/^left/.test(text) && notes.push(text) === 1) worker();
    };
    expect(await over(count(1), { watch: { note } })).toHaveLength(3);
    expect(notes.join()).toMatch(/left to other workers by the one on .*has not the kind of job 'counting'/);
  });

  test('begin with the jobs that the longest chains wait for', async () => {
    const ended: string[] = [];
    const tailed = { ...counting, tail: ({ name }: { name: string }) => names.indexOf(name) };
    const plan: Plan<void> = async (job) => {
      const begun = countingTo(1).map(async (wanted) => {
        await job(tailed, wanted);
        ended.push(wanted.name);
      });
      await wait(300); // all of them wait
      worker();
      await Promise.all(begun);
    };
    await run(plan, { store: store(), queue: { url: redis.url, adapter: 'lavapipe' } });
    expect(ended).toEqual(['c', 'b', 'a']);
  });

  test('and no server: the error names it, without its password', async () => {
    const url = `redis://me:secret@127.0.0.1:${await freePort()}`;
    await expect(run(count(1), { store: store(), queue: { url } })).rejects.toThrow(
      /no Redis or Valkey server answers at redis:\/\/me:\*\*\*@127\.0\.0\.1:\d+ \(.*ECONNREFUSED/,
    );
  });
});
