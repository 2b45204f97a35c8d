import { describe, expect, test } from 'vitest';

/** Imports what the import graph does not see. */
const hidden = (...parts: string[]) => import(/* @vite-ignore */ parts.join(''));

describe('a test of the fast set', () => {
  test('that opens a GPU fails, with what to do', async () => {
    await expect(hidden('web', 'gpu')).rejects.toThrow(/fast set opens a GPU: .*import by name/);
  });

  test.each(['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'])(
    'that starts a process by %s fails',
    async (name) => {
      const { [name]: start } = await hidden('node:', 'child_process');
      expect(() => start('true')).toThrow('fast set starts a process');
    },
  );

  test('that starts a worker fails', async () => {
    const { Worker } = await hidden('node:', 'worker_threads');
    expect(() => new Worker('0', { eval: true })).toThrow('fast set starts a worker');
  });

  test('that starts a browser fails', async () => {
    const { chromium } = await hidden('playwright', '-core');
    await expect(chromium.launch({ executablePath: process.execPath })).rejects.toThrow('starts a process');
  });
});
