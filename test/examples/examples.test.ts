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
  'text-tasks.ts': {
    run: () => import('../../examples/text-tasks'),
    prints: [
      /^more 1 than 2: loss 0\.[0-4]\d$/,
      /^ends in 4 or 5: loss 0\.[0-4]\d$/,
      /^from 'more 1 than 2': 0\.00 0\.\d\d 0\.\d\d$/,
      /^from 'ends in 4 or 5': 0\.\d\d 0\.\d\d 0\.00$/,
    ],
  },
  'vision-transformer.ts': {
    run: () => import('../../examples/vision-transformer'),
    prints: [/^\d+ parameters$/, /^epoch 4: loss [01]\.\d\d$/, /^accuracy on 500 unseen digits 0\.[6-9]\d$/],
  },
  'capture-and-profile.ts': {
    run: () => import('../../examples/capture-and-profile'),
    prints: [
      /^a step takes JavaScript \d+\.\d\d ms, captured \d+\.\d\d ms$/,
      /^after 40 steps and a few the loss is 0\.\d+$/,
      /^\d+ dispatches took the GPU \d+\.\d ms$/,
      /^ *\d+ % {2}conv (forward|backward), \d+ calls$/,
      /^most time goes to \S+.*, which is bound by (compute|memory|launch)$/,
      /^open .*taskgrad-trace\.json in /,
    ],
  },
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
  'kernel-bench.ts': {
    run: () => import('../../examples/kernel-bench'),
    prints: [
      /^SIZE 32: \d+ µs, 0 findings in \d+ trials$/,
      /^SIZE 256: \d+ µs, 0 findings in \d+ trials$/,
      /^fastest with SIZE (32|64|128|256)$/,
      /^y begins with 1, 3, 5$/,
      /^read past end: /,
    ],
  },
  'mnist-cnn.ts': {
    run: () => import('../../examples/mnist-cnn'),
    prints: [
      /^on \S+/,
      /^9114 parameters$/,
      /^epoch 1: loss \d\.\d\d, accuracy 0\.\d\d$/,
      /^epoch 2: loss 0\.\d\d, accuracy 0\.[89]\d$/,
      /^test: (8[5-9]|9\d)\.\d % of 500 digits right$/,
      /^the first five are( \d){5}, the network says( \d){5}$/,
    ],
  },
  'transformer-block.ts': {
    run: () => import('../../examples/transformer-block'),
    prints: [
      /^step 0: loss 2\.\d+$/,
      /^step 100: loss 0\.0\d+$/,
      /^1(8|9)\d of 192 tokens of new sequences are in their place$/,
      /^( ?\d){6} → ( ?\d){6}$/,
    ],
  },
  'own-experiment.ts': {
    run: async () => {
      vi.stubEnv('STORE', mkdtempSync(join(tmpdir(), 'taskgrad-store-')));
      await import('../../examples/own-experiment');
    },
    prints: [/^loss of 2 hidden units 0\.[3-6]\d, of 16 0\.[012]\d$/],
  },
  'own-data-fisher.ts': {
    run: () => import('../../examples/own-data-fisher'),
    prints: [
      /^epoch 0: loss \d\.\d+, held out \d\.\d+$/,
      /^kept: true, accuracy (0\.[89]\d|1\.00)$/,
      /^160 of 180 signals in whole batches$/,
      /^from all: 0\.00 (0\.\d\d) (0\.\d\d)$/,
      /^from fast: 0\.\d\d 0\.\d\d 0\.00$/,
      /^cell [\da-f]{16}, accuracy [01]\.\d\d$/,
      /^mean error 0\.[234]\d, at its best 0\.[012]\d$/,
    ],
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
