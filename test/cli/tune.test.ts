import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { makeProgram } from '../../src/cli/program';
import { openGpu } from '../../src/node';
import { useSilence } from './session';

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
  const rows = /^matmul [\d×]+ +(register|lanes|shared)$/m.exec(silence.stdout());
  expect(silence.stdout()).toMatch(/^conv2d weight gradient [\d×]+ +\w+$/m);
  expect(rows).not.toBeNull();
  const before = silence.stdout().length;
  await tune(...small, '--list');
  expect(silence.stdout().slice(before)).toContain(rows?.[0]);
  const gpu = await openGpu();
  expect(Object.keys(gpu.variants.choices).length).toBeGreaterThan(3);
  gpu.dispose();
});
