import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GpuUnavailableError } from '../../runtime/errors';
import { nodeHost } from '../../runtime/host.node';
import { makeProgram } from '../../src/cli/program';
import { writeDigits } from './digits';
import { useSilence } from './experiment';

const silence = useSilence();
let root: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'taskgrad-advice-'));
  await writeDigits(join(root, 'data'));
});
afterAll(() => rmSync(root, { recursive: true }));

const answer = (...args: string[]) => makeProgram().parseAsync(args, { from: 'user' });

describe('a task that nobody knows is named as such, before all else', () => {
  it.each([
    ['run', '--tasks', '99'],
    ['run', '--tasks', '3', '99'],
    ['run', '--target', '99'],
    ['distance', '--tasks', '99'],
    ['transfer', '--tasks', '99'],
    ['search', '--task', '99', '--space', 'task-aware'],
    ['search', '--task', '3', '--tasks', '99', '--space', 'task-aware'],
  ])('%s %s %s %s', async (...args) => {
    await expect(answer(...args)).rejects.toThrow(/^unknown task '99'; known are 0 \(/);
  });
});

describe('--adapter', () => {
  it.each(['gpu', 'lavapipe', 'swiftshader'] as const)(
    '%s, where there is none, advises what it takes',
    async (kind) => {
      const error = await nodeHost.find(kind).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (!error) return; // there is one here
      expect(error).toBeInstanceOf(GpuUnavailableError);
      const { remedy } = error as GpuUnavailableError;
      expect(remedy).toContain('--adapter auto');
      if (kind === 'gpu') expect(remedy).not.toMatch(/lavapipe|SwiftShader|sparticuz/);
    },
  );
});

it('--resume of earlier versions is taken, and changes nothing', async () => {
  const args = [
    'train',
    '--data',
    join(root, 'data'),
    '--out',
    join(root, 'out'),
    '--task',
    '0',
    '--epochs',
    '1',
  ];
  await answer(...args, '--resume');
  expect(silence.stdout()).toMatch(/task0-seed0: test accuracy/);
});
