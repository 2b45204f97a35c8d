import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { expect, test } from 'vitest';

const { config } = ts.readConfigFile('tsconfig.build.json', (path) => readFileSync(path, 'utf8'));

/** What a file's declarations are published as. */
const published = (file: string): string =>
  ts.transpileDeclaration(readFileSync(file, 'utf8'), { compilerOptions: config.compilerOptions }).outputText;

test.each([
  [
    'src/tensor/gpu.ts',
    ['runtime', 'kernels', 'variants', 'scopes', 'deferred', 'placeholder', 'bufferFor', 'open'],
    ['tensor', 'scope', 'capture', 'memory', 'dispose'],
  ],
  [
    'src/tensor/tensor.ts',
    ['storage', 'buffer', 'writable', 'stored', 'moveTo', 'liveWith', 'of'],
    ['grad', 'data', 'write', 'dispose'],
  ],
])('%s publishes what users need and no member of the engine’s own', (file, internal, open) => {
  const text = published(file);
  const members = [...text.matchAll(/^ {4}(?:static |readonly |get )*(\w+)[(<:?;]/gm)].map(
    ([, name]) => name,
  );
  expect(members.filter((name) => internal.includes(name))).toEqual([]);
  expect(open.filter((name) => !members.includes(name))).toEqual([]);
});
