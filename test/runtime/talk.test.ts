import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder: string;
const program = () => join(folder, 'program.mjs');
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'taskgrad-talk-test-'));
  const contents = `
import { writeSync } from 'node:fs';
import { withoutTalk } from './runtime/talk.node';
const result = withoutTalk(() => {
  writeSync(2, 'Warning: maxDynamicUniformBuffersPerPipelineLayout artificially reduced from 1000000 to 16 to fit dynamic offset allocation limit.\\n');
  writeSync(2, 'Warning: another\\n');
  writeSync(2, 'Warning: maxDynamicStorageBuffersPerPipelineLayout artificially reduced from 1000000 to 16 to fit dynamic offset allocation limit.\\n');
  return 7;
});
console.log('result', result);
try {
  withoutTalk(() => { throw new Error('on purpose'); });
} catch (error) {
  console.error(error.message);
}
console.error('after');`;
  await build({
    stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2023',
    outfile: program(),
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const inShell = (script: string) =>
  spawnSync('sh', ['-c', script, 'sh', process.execPath, program()], { encoding: 'utf8', cwd: folder });
const REST = 'Warning: another\non purpose\nafter\n';

test.skipIf(process.platform !== 'linux')(
  'into a pipe go all lines but those two, and the result comes back',
  () => {
    const { stdout } = inShell('"$@" 2>&1 >/dev/null | cat');
    expect(stdout).toBe(REST);
    expect(inShell('"$@" 2>/dev/null').stdout).toBe('result 7\n');
  },
);

test.skipIf(process.platform !== 'linux')('a file that standard error is written to grows at its end', () => {
  inShell('echo before > log; "$@" 2>> log; echo end >> log');
  expect(readFileSync(join(folder, 'log'), 'utf8')).toBe(`before\n${REST}end\n`);
});

test.skipIf(process.platform !== 'linux')('a file shared with standard output loses nothing', () => {
  inShell('"$@" > both 2>&1');
  const both = readFileSync(join(folder, 'both'), 'utf8');
  for (const line of ['result 7', 'Warning: another', 'on purpose', 'after'])
    expect(both).toContain(`${line}\n`);
});
