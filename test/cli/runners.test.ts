import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, hasRedis, RedisServer } from '../experiment/redis';
import { writeDigits } from './digits';
import { labelsOf, weightsOf } from './experiment';
import { useCli } from './program';

describe('who does the jobs of a command', () => {
  const cli = useCli();
  let root = '';
  const inRoot = (name: string) => join(root, name);
  const data = () => ['--data', inRoot('data')];
  const measure = (out: string, ...more: string[]) => {
    const matrix = ['--tasks', '0', '3', '--seeds', '1', '--out', inRoot(out)];
    return cli.run('distance', ...data(), ...matrix, ...more);
  };
  const distances = async (out: string) =>
    JSON.parse(await readFile(join(inRoot(out), 'distance.json'), 'utf8'));

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'taskgrad-runners-'));
    await writeDigits(inRoot('data'), 80, 50);
    expect((await measure('here')).code).toBe(0);
  });
  afterAll(() => rm(root, { recursive: true, force: true, maxRetries: 20 }));

  const expectSame = async (out: string) => {
    expect(await distances(out)).toEqual(await distances('here'));
    expect(await weightsOf(inRoot(out))).toEqual(await weightsOf(inRoot('here')));
    expect((await labelsOf(inRoot(out))).sort()).toEqual((await labelsOf(inRoot('here'))).sort());
  };

  test('with --workers two processes do, to the same bits', async () => {
    const { code, stderr } = await measure('workers', '--workers', '2');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await expectSame('workers');
  });

  test.skipIf(!hasRedis)(
    'with --queue two workers of a server do, one of which is killed, to the same bits (needs redis-server)',
    async () => {
      const redis = new RedisServer(root, await freePort());
      await redis.start();
      const work = () => cli.start('worker', '--queue', redis.url, '--out', inRoot('queue'), ...data());
      const [first, second] = [work(), work()];
      try {
        const planned = measure('queue', '--queue', redis.url);
        first.child.stdout?.once('data', () =>
          first.child.stdout?.once('data', () => first.child.kill('SIGKILL')),
        );
        const { code, stderr } = await planned;
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        second.child.kill('SIGTERM');
        expect((await second.outcome).code).toBe(0);
        await expectSame('queue');
      } finally {
        for (const { child } of [first, second]) child.kill('SIGKILL');
        await redis.kill();
      }
    },
  );
});
