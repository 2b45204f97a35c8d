import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeProgram } from '../../src/cli/program';
import { readProfile } from '../../src/report/profile-file.node';
import { writeDigits } from './digits';
import { useSilence } from './experiment';
import { useCli } from './program';

const cli = useCli();
const silence = useSilence();
let root = '';
const inRoot = (...parts: string[]) => join(root, ...parts);
const small = ['--width', '0.125', '--batch', '4', '--size', '12', '--channels', '1', '--steps', '3'];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-profile-'));
  await writeDigits(inRoot('data'), 80, 50);
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('taskgrad profile', () => {
  test('prints the table and the overhead, writes trace, JSON and flame graph; --diff compares two', async () => {
    const [trace, json, flame] = ['trace.json', 'profile.json', 'flame.svg'].map((name) => inRoot(name));
    const { code, stdout, stderr } = await cli.run(
      ...['profile', ...small, '--trace', trace, '--json', json, '--flame', flame],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^kernel +Calls +Total ms.*Bound by$/m);
    expect(stdout).toMatch(/a training step took [\d.]+ ms under the profiler, [\d.]+ ms without/);
    const profile = await readProfile(json);
    const updates = profile.kernels.filter(({ op }) => op === 'Adam');
    expect(new Set(updates.map(({ calls }) => calls))).toEqual(new Set([3]));
    expect(profile.kernels.some(({ phase }) => phase === 'fisher')).toBe(true);
    const { traceEvents } = JSON.parse(await readFile(trace, 'utf8'));
    expect(
      traceEvents.filter(({ pid, tid, ph }: Record<string, unknown>) => `${pid}${tid}${ph}` === '22X'),
    ).toHaveLength(profile.dispatches);
    expect(await readFile(flame, 'utf8')).toMatch(/^<svg/);

    const diff = await cli.run('profile', '--diff', json, json, '--by', 'phase');
    expect(diff.code).toBe(0);
    expect(diff.stdout).toMatch(/^phase +Calls +Before ms/m);
    expect(diff.stdout).toMatch(/^optimiser .*\+0\.000 +1\.00$/m);
  });

  test('--compile prints the pipelines of a first step, and their sum', async () => {
    const { code, stdout, stderr } = await cli.run('profile', '--compile', ...small);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Kernel +Constants +Pipelines +WGSL \[kB\] +Pipeline \[ms\] +Driver \[ms\]$/m);
    expect(stdout).toMatch(/^crossEntropy\.forward +LANES=1 +1 +[\d.]+ +\d+ +\d+$/m);
    const [, pipelines, letters] = /^(\d+) pipelines of ([\d.]+) kB WGSL/m.exec(stdout) ?? [];
    expect(Number(pipelines)).toBeGreaterThan(10);
    expect(Number(letters)).toBeGreaterThan(30);
  });

  test('refuses one file to compare, and a file that is no profile', async () => {
    const one = await cli.run('profile', '--diff', 'a.json');
    expect(one.code).toBe(1);
    expect(one.stderr).toMatch(/--diff takes two files, got 1/);
    const missing = await cli.run('profile', '--diff', inRoot('none.json'), inRoot('none.json'));
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/^taskgrad: .*none\.json/);
  });
});

test('--profile of an experiment writes the three files into the run’s folder', async () => {
  const args = [
    '--data',
    inRoot('data'),
    '--out',
    inRoot('run'),
    '--task',
    '0',
    '--epochs',
    '1',
    '--profile',
  ];
  await makeProgram().parseAsync(['train', ...args], { from: 'user' });
  expect((await readdir(inRoot('run', 'profile'))).sort()).toEqual([
    'flame.svg',
    'profile.json',
    'trace.json',
  ]);
  const { kernels } = await readProfile(inRoot('run', 'profile', 'profile.json'));
  const phases = new Set(kernels.map(({ phase }) => phase));
  for (const phase of ['forward', 'backward', 'optimiser', 'data'] as const) expect(phases).toContain(phase);
  expect(silence.stdout()).toMatch(/Bound by/);
});
