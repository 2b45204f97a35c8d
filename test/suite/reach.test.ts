import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LONGEST } from './longest-first';
import { importsFrom, sortTests, testFiles, wayOut } from './reach';

const FILES: Readonly<Record<string, string>> = {
  'pure.test.ts': "import { a } from './a'; import { readFile } from 'node:fs'; console.log(a, readFile);",
  'types.test.ts': "import type { GPU } from './gpu'; export let gpu: GPU;",
  'gpu.test.ts': "import { b } from './b'; console.log(b);",
  'later.test.ts': "export const later = () => import('./gpu');",
  'process.test.ts': "import { spawn } from 'child_process'; spawn('true');",
  'a.ts': "export * from './b2'; export const a = 1;",
  'b2.ts': "import './a'; export const b2 = 2;",
  'b.ts': "export { open as b } from './gpu';",
  'gpu.ts': "import { create } from 'webgpu'; export type GPU = number; export const open = create;",
};

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-reach-'));
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(root, name), text);
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('a test file', () => {
  test.each([
    ['pure.test.ts', undefined],
    ['types.test.ts', undefined],
    ['gpu.test.ts', ['gpu.test.ts', 'b.ts', 'gpu.ts', 'webgpu']],
    ['later.test.ts', ['later.test.ts', 'gpu.ts', 'webgpu']],
    ['process.test.ts', ['process.test.ts', 'child_process']],
  ])('%s is slow by the way out that its imports show, types apart', async (file, way) => {
    expect(wayOut(await importsFrom([file], root), file)).toEqual(way);
  });
});

describe('the tests of this house', () => {
  test('are each fast or slow, as their imports say', async () => {
    const { fast, slow } = await sortTests();
    expect([...fast, ...slow].sort()).toEqual(testFiles());
    expect(fast).toContain('test/house.test.ts');
    expect(fast).toContain('test/tensor/shape.test.ts');
    expect(slow).toEqual(expect.arrayContaining(['test/ops/ops.test.ts', 'test/cli/run.test.ts']));
  });

  test('that are begun first are there', () => {
    const missing = LONGEST.filter((start) => !testFiles().some((file) => file.startsWith(start)));
    expect(missing).toEqual([]);
  });
});
