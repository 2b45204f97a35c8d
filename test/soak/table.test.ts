import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Soak } from './kind';
import { runSoak } from './run';
import { SOAKS } from './table';

const here = dirname(fileURLToPath(import.meta.url));

describe('a soak', () => {
  test.each(SOAKS.map(({ name }) => name))('of the kind %s has its short form among the tests', (name) => {
    expect(existsSync(join(here, name, `${name}.test.ts`))).toBe(true);
  });

  test('ends with one line of its figures, which says that all held', async () => {
    const quiet: Soak = { name: 'quiet', does: '', run: async () => ({ figures: '3 cases', faults: [] }) };
    const { line } = await runSoak(quiet, { share: 1, seed: 7, seconds: 1, say: () => undefined });
    expect(line).toMatch(/^quiet: 3 cases; all held; seed 7, 0 s$/);
  });

  test('counts its faults in that line', async () => {
    const loud: Soak = {
      name: 'loud',
      does: '',
      run: async () => ({ figures: '3 cases', faults: ['a', 'b'] }),
    };
    const { line } = await runSoak(loud, { share: 1, seed: 7, seconds: 1, say: () => undefined });
    expect(line).toContain('; 2 FAULTS; ');
  });

  test('is told when its time is up', async () => {
    const slow: Soak = {
      name: 'slow',
      does: '',
      run: async ({ isOver }) => {
        let cases = 0;
        while (!isOver()) cases++;
        return { figures: `${cases} cases`, faults: [] };
      },
    };
    const { faults } = await runSoak(slow, { share: 1, seed: 7, seconds: 0.01, say: () => undefined });
    expect(faults).toEqual([]);
  });
});
