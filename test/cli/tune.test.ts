import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { makeProgram } from '../../src/cli/program';
import { openGpu } from '../../src/node';
import { useSilence } from './experiment';

const silence = useSilence();
const tune = (...args: string[]) => makeProgram().parseAsync(['tune', ...args], { from: 'user' });
const small = ['--width', '0.125', '--batch', '4', '--size', '12', '--channels', '1'];
let cache = '';
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'taskgrad-tune-'));
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rm(cache, { recursive: true, force: true }));

test('taskgrad tune › measures, keeps what was fastest, and --list shows it', async () => {
  vi.stubEnv('XDG_CACHE_HOME', cache);
  vi.stubEnv('TASKGRAD_TUNE', '');
  await tune(...small, '--list');
  expect(silence.stdout()).toMatch(/nothing was measured on this adapter yet/);
  await tune(...small);
  const rows = () =>
    [...silence.stdout().matchAll(/^((?:matmul|conv2d)[a-z ]* [\d×]+) +(\w+)$/gm)].map(([, op, way]) => [
      op,
      way,
    ]);
  const measured = rows();
  expect(measured.map(([op]) => op)).toContainEqual(expect.stringMatching(/^matmul /));
  expect(measured.map(([op]) => op)).toContainEqual(expect.stringMatching(/^conv2d weight gradient /));
  await tune(...small, '--list');
  expect(rows()).toEqual([...measured, ...measured]);
  const gpu = await openGpu();
  expect(gpu.variants.choices).toMatchObject(Object.fromEntries(measured));
  gpu.dispose();
});
