import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { shaderDump } from '../../runtime/dump.node';
import { openGpu } from '../../src/node';
import { maxPool2d, relu } from '../../src/ops/table';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'taskgrad-dump-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test('TASKGRAD_DUMP has every shader written as it is compiled, imports and all', async () => {
  vi.stubEnv('TASKGRAD_DUMP', join(folder, 'shaders'));
  using gpu = await openGpu();
  await maxPool2d(relu(gpu.ones([1, 1, 4, 6])), 3).data();
  const files = readdirSync(join(folder, 'shaders'));
  const pool = files.find((file) => file.startsWith('maxPool2d'));
  expect(pool).toBeDefined();
  expect(files.some((file) => file.startsWith('elementwise'))).toBe(true);
  const code = readFileSync(join(folder, 'shaders', pool ?? ''), 'utf8');
  expect(code).toContain('fn main(');
  expect(code).toContain('fn flat_thread(');
  expect(code).not.toMatch(/^\/\/#import/m);
});

test('files are named by kernel and constants, and two texts of one name lie side by side', () => {
  const dump = shaderDump(folder);
  dump?.('conv2d.lanes8.5', { RELU: 1, BIASED: 0 }, 'a');
  dump?.('conv2d.lanes8.5', { RELU: 1, BIASED: 0 }, 'b');
  dump?.('conv2d.lanes8.5', { RELU: 1, BIASED: 0 }, 'a');
  dump?.('elementwise(x / y)', {}, 'c');
  expect(readdirSync(folder).sort()).toEqual([
    'conv2d.lanes8.5,RELU=1,BIASED=0-2.wgsl',
    'conv2d.lanes8.5,RELU=1,BIASED=0.wgsl',
    'elementwise_x_y_.wgsl',
  ]);
  const text = readFileSync(join(folder, 'conv2d.lanes8.5,RELU=1,BIASED=0-2.wgsl'), 'utf8');
  expect(text).toBe('b\n// kernel conv2d.lanes8.5\n//#bench --set RELU=1 --set BIASED=0\n');
});

test('without it nothing is written, and a place that is no folder is named', () => {
  expect(shaderDump('')).toBeUndefined();
  writeFileSync(join(folder, 'file'), '');
  expect(() => shaderDump(join(folder, 'file'))).toThrow(
    /TASKGRAD_DUMP: shaders cannot be written to .*file: /,
  );
});
