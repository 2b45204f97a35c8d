import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

interface Example {
  readonly run: () => Promise<unknown>;
  /** What it prints, a pattern a line, in order. Between them others may stand. */
  readonly prints: readonly RegExp[];
}

const EXAMPLES: Record<string, Example> = {
  'custom-op.ts': {
    run: () => import('../../examples/custom-op'),
    prints: [
      /^rows: gradient of tensor 0 is within \de-\d+$/,
      /^rows: per-sample squares of tensor 1 is within \de-\d+$/,
      /^one column: per-sample squares of tensor 1 is within \de-\d+$/,
      /^loss 1\.\d\d, after 200 steps 0\.[012]\d$/,
      /^kernels: .*\b1 prelu\b/,
      /^Fisher information of 1\.weight \[16\]$/,
    ],
  },
  'own-experiment.ts': {
    run: async () => {
      vi.stubEnv('STORE', mkdtempSync(join(tmpdir(), 'taskgrad-store-')));
      await import('../../examples/own-experiment');
    },
    prints: [/^loss of 2 hidden units 0\.[3-6]\d, of 16 0\.[012]\d$/],
  },
};

const examples = readdirSync('examples').filter((name) => name.endsWith('.ts'));

test('every example is run, and none that is not there', () => {
  expect(Object.keys(EXAMPLES).sort()).toEqual(examples.sort());
});

test.each(Object.entries(EXAMPLES))('%s prints what it says', async (_, { run, prints }) => {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...words) => void lines.push(words.join(' ')));
  try {
    await run();
  } finally {
    log.mockRestore();
  }
  let from = 0;
  for (const pattern of prints) {
    const at = lines.findIndex((line, i) => i >= from && pattern.test(line));
    expect(at, `${pattern} in\n${lines.slice(from).join('\n')}`).toBeGreaterThanOrEqual(from);
    from = at + 1;
  }
});
