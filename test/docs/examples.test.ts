import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as taskgrad from '../../src/node';
import { npyBytes } from '../data/npy-bytes';
import { type Files, SMALL_FILES, writeFiles } from '../data/small-files';
import { useGpu } from '../use-gpu';
import { type Example, examples, examplesIn } from './examples';
import { said, withClaims } from './values';

const PICTURE = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
  .png()
  .toBuffer();

/** What examples read, by folders. */
const FILES: Readonly<Record<string, Files>> = {
  ...Object.fromEntries(Object.entries(SMALL_FILES).map(([name, files]) => [`data/${name}`, files])),
  'data/animals': Object.fromEntries(
    ['train/cat', 'train/dog', 'test/cat', 'test/dog'].map((name) => [`${name}/1.png`, PICTURE]),
  ),
  'data/optdigits': { 'optdigits.tra': Buffer.from(`${'0,16,'.repeat(32)}3\n${'8,'.repeat(64)}9\n`) },
  '': {
    'saxpy.wgsl': readFileSync('bench/kernels/saxpy.wgsl'),
    'x.npy': npyBytes([2, 3], new Uint8Array(24), { dtype: "'<f4'" }),
  },
};

const held = useGpu();
const home = process.cwd();
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskgrad-examples-'));
  for (const [name, files] of Object.entries(FILES)) await writeFiles(join(folder, name), files);
  process.chdir(folder);
});
afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

/** Runs an example in a folder with small data sets, with all of taskgrad and an opened `gpu`. */
async function run({ text }: Pick<Example, 'text'>): Promise<void> {
  const { outputText } = ts.transpileModule(withClaims(text), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  const names = Object.keys(taskgrad).join(', ');
  const body = `const { ${names} } = taskgrad; return (async () => {\n${outputText}\n})();`;
  await new Function('taskgrad', 'gpu', 'said', body)(taskgrad, held.gpu, said);
}

const found = examples();

test('there are many examples', () => {
  expect(found.length).toBeGreaterThan(50);
});

test.each(found.map((example) => [example.title, example] as const))('%s', async (_, example) => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  held.gpu.manualSeed(0);
  try {
    await run(example);
  } finally {
    log.mockRestore();
  }
});

describe('an example', () => {
  test('is found beside what it is of', () => {
    const text =
      '/** No example. */\n/**\n * Some words.\n * @example\n * ```ts\n * f(1);\n * ```\n */\nexport const f = 1;\n';
    expect(examplesIn('f.ts', text)).toEqual([{ title: 'f.ts:6 f', text: 'f(1);\n' }]);
  });

  test.each([
    ['a value', 'ops.relu(gpu.tensor([-1, 2])); // → [0, 2]', true],
    ['a wrong value', 'ops.relu(gpu.tensor([-1, 2])); // → [0, 3]', false],
    ['rounded numbers', 'ops.exp(gpu.tensor([[1], [0]])); // → [[2.718], [1.000]]', true],
    ['a number that rounds to another', 'ops.exp(gpu.tensor([[1], [0]])); // → [[2.719], [1.000]]', false],
    ['a text and a number', "['0.5', 0.499]; // → ['0.5', 0.50]", true],
    ['another text', "['0.4']; // → ['0.5']", false],
    ['a rounded number for a whole one', '[1.001]; // → [1]', false],
  ])('that says %s is held to it', async (_, text, isTrue) => {
    const ran = run({ text });
    if (isTrue) await ran;
    else await expect(ran).rejects.toThrow(/expected/);
  });
});
