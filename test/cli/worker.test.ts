import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defineKind, folderStore, run } from '../../src/experiment/public.node';
import { freePort, hasRedis, RedisServer } from '../experiment/redis';
import { useCli } from './program';

const strange = defineKind({
  name: 'strange',
  version: 1,
  check: Number,
  run: async () => ({ value: 1 }),
});

describe.skipIf(!hasRedis)('taskgrad worker (needs redis-server)', () => {
  const cli = useCli();
  let root: string;
  let redis: RedisServer;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'taskgrad-worker-'));
    redis = new RedisServer(root, await freePort());
    await redis.start();
  });
  afterAll(async () => {
    await redis.kill();
    await rm(root, { recursive: true, force: true, maxRetries: 20 });
  });

  test('serves with a GPU of its own, leaves what it does not know to others, and ends well at SIGTERM', async () => {
    const metrics = await freePort();
    const options = ['--queue', redis.url, '--out', root, '--metrics', String(metrics)];
    const { child, outcome } = cli.start('worker', ...options);
    const stop = new AbortController();
    const notes: string[] = [];
    const note = (text: string) => {
      notes.push(text);
      if (/left to other/.test(text)) stop.abort();
    };
    const planned = run((job) => job(strange, {}), {
      store: folderStore(join(root, 'store')),
      queue: { url: redis.url },
      signal: stop.signal,
      watch: { note },
    });
    await expect(planned).rejects.toThrow('interrupted');
    expect(notes.at(-1)).toMatch(/has not the kind of job 'strange'$/);
    const shown = await cli.run('status', '--queue', redis.url, '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ event: 'status', workers: [{ pid: child.pid }] });
    const figures = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
    expect(figures).toMatch(/^taskgrad_worker_up\{adapter="\w+",.*\} 1$/m);
    child.kill('SIGTERM');
    const { code, stdout, stderr } = await outcome;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^figures for Prometheus are at http:\/\/127\.0\.0\.1:\d+\/metrics$/m);
    expect(stdout).toMatch(/^serves jobs of version \S+ on \w+ from redis:\/\/127\.0\.0\.1:\d+$/m);
    expect(stdout).toMatch(/^strange \(job [0-9a-f]{12}\): left to others/m);
    const after = await cli.run('status', '--queue', redis.url);
    expect(after.stdout).toMatch(/^no worker shows itself\n/);
  });

  test('names a server that does not answer, without its password', async () => {
    const url = `redis://me:secret@127.0.0.1:${await freePort()}`;
    const { code, stderr } = await cli.run('worker', '--queue', url);
    expect(code).toBe(1);
    expect(stderr).toMatch(/no Redis or Valkey server answers at redis:\/\/me:\*\*\*@127\.0\.0\.1/);
    expect((await cli.run('worker')).stderr).toMatch(
      /name the server that jobs come from, as in --queue redis/,
    );
    expect((await cli.run('worker', '--queue', 'http://x')).stderr).toMatch(
      /--queue <url>.*redis:\/\/ or rediss:\/\//,
    );
  });
});
