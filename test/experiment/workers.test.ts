import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { folderStore, JobError, run } from '../../src/experiment/public.node';
import { InterruptedError } from '../../src/training/errors';
import { type Bundled, bundled } from '../suite/bundled';
import { counting, failing, hanging, meeting, placed, poison } from './worker';

let program: Bundled;
beforeAll(async () => {
  program = await bundled(`
    import { serveRun } from './test/experiment/worker';
    await serveRun(process.argv[2], 'lavapipe');
  `);
});
afterAll(() => program.remove());

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-workers-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const options = (...args: string[]) => ({
  store: folderStore(root),
  workers: { count: 2, file: program.file, args: [root, ...args] },
});
const names = ['a', 'b', 'c', 'd', 'e', 'f'];

/** In a container without an init process nobody takes note of the end of those that have lost their parent. */
const isZombie = (pid: string) => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

describe('worker processes', () => {
  test('share the jobs of a plan', async () => {
    const folder = join(root, 'met');
    const made = await run(
      (job) => Promise.all(['a', 'b'].map((name) => job(meeting, { name, folder, of: 2 }))),
      options(),
    );
    const pids = new Set(made.map(({ value }) => value));
    expect(pids.size).toBe(2);
    expect(pids).not.toContain(process.pid);
  });

  test('have places of their own, which those who replace them take', async () => {
    const environment = (place: number) => ({ PLACE: `place ${place}` });
    const folder = join(root, 'met');
    const made = await run(
      (job) => Promise.all([true, false].map((isKilled) => job(placed, { folder, isKilled }))),
      { store: folderStore(root), workers: { ...options().workers, environment } },
    );
    expect(made.map(({ value }) => value)).toEqual(['place 0', 'place 1']);
  });

  test('are replaced when one is killed, and its job goes on from what it had saved', async () => {
    const made = await run(
      (job) =>
        Promise.all(
          names.map((name) => job(counting, { name, to: 10, ...(name === 'b' && { killedAt: 6 }) })),
        ),
      options(),
    );
    expect(made.map(({ value }) => value.from)).toEqual([0, 6, 0, 0, 0, 0]);
    expect(new Set(made.map(({ value }) => value.pid)).size).toBeLessThanOrEqual(3);
  });

  test('set a job aside that ends them three times, and do the rest', async () => {
    const [poisoned, ...rest] = await run(
      (job) => Promise.allSettled([job(poison, {}), ...names.map((name) => job(counting, { name, to: 2 }))]),
      options(),
    );
    expect(poisoned).toMatchObject({ status: 'rejected', reason: expect.any(JobError) });
    expect(poisoned.status === 'rejected' && poisoned.reason.message).toMatch(
      /poison: its worker ended by code 7; set aside after 3 tries$/,
    );
    expect(rest.every(({ status }) => status === 'fulfilled')).toBe(true);
  });

  test('try a job again that failed, twice', async () => {
    const results = await run(
      (job) => Promise.allSettled([2, 3].map((times) => job(failing, { times }))),
      options(),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    const [, failed] = results;
    expect(failed.status === 'rejected' && failed.reason.message).toMatch(
      /failure 3; set aside after 3 tries$/,
    );
  });

  test('are taken a job that hangs, which counts as a failed try', async () => {
    const [busy, idle] = await run(
      (job) =>
        Promise.allSettled([
          job(hanging, { how: 'busy', times: 1 }),
          job(hanging, { how: 'idle', times: 3 }),
        ]),
      options(),
    );
    expect(busy).toMatchObject({ status: 'fulfilled', value: { value: 1 } });
    expect(idle.status === 'rejected' && idle.reason.message).toMatch(
      /hanging: it made no progress for 0\.3 s, and its worker was killed; set aside after 3 tries$/,
    );
  });

  test('save and end when the experiment is interrupted', async () => {
    const stop = new AbortController();
    const watch = { progress: () => stop.abort() };
    const begun = run((job) => Promise.all(names.map((name) => job(counting, { name, to: 1000 }))), {
      ...options(),
      signal: stop.signal,
      watch,
    });
    await expect(begun).rejects.toThrow(InterruptedError);
  });

  test.skipIf(process.platform !== 'linux')('that hang do not outlive by long who started them', async () => {
    const hung = await bundled(`
      import { spawn } from 'node:child_process';
      import { endWithParent } from './src/experiment/orphan.node';
      if (process.argv[2] === 'parent') {
        const child = spawn(process.execPath, [process.argv[1]], { stdio: ['ignore', 'pipe', 'ignore'] });
        child.stdout.once('data', () => console.log(child.pid) || process.exit());
      } else {
        endWithParent(300);
        process.stdout.write('up', () => { for (;;); });
      }
    `);
    const { stdout } = spawnSync(process.execPath, [hung.file, 'parent'], { encoding: 'utf8' });
    const isThere = () => existsSync(`/proc/${stdout.trim()}/stat`) && !isZombie(stdout.trim());
    expect(isThere()).toBe(true);
    await expect.poll(isThere, { timeout: 30_000, interval: 200 }).toBe(false);
    hung.remove();
  });

  test('that do not come to work are given up, with the way to see why', async () => {
    const idle = await bundled('process.exit(3)');
    const begun = run((job) => job(poison, {}), { ...options(), workers: { count: 1, file: idle.file } });
    await expect(begun).rejects.toThrow(
      /program\.mjs: a worker ended 3 times before it called experiment\.serve, the last time by code 3/,
    );
    idle.remove();
  });
});
