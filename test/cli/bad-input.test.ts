import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { useFolder } from '../data/folder';
import { idxBytes } from '../data/idx-bytes';
import { writeDigits } from './digits';
import { type Outcome, useCli } from './program';

const cli = useCli();
const folder = useFolder();
const inFolder = (...parts: string[]) => join(folder.path, ...parts);
const data = () => inFolder('data');
const out = () => inFolder('out');
beforeEach(() => writeDigits(data()));

const trainTask0 = () => ['train', '--data', data(), '--out', out(), '--task', '0', '--epochs', '1'];
const train = (...args: string[]) => cli.run(...trainTask0(), ...args);

/** The one line that a failed command says. */
function complaint({ code, stderr }: Outcome): string {
  expect({ code, lines: stderr.split('\n').length - 1 }, stderr).toEqual({ code: 1, lines: 1 });
  expect(stderr.startsWith('taskgrad: ')).toBe(true);
  return stderr.slice('taskgrad: '.length, -1).replaceAll(folder.path, '');
}

/** Puts a file system of 24 KiB in the place of the output folder, seen by the script alone. */
const onFullDisk = (script: string) =>
  `unshare -rm sh -c 'DIR=${out()}; mount -t tmpfs -o size=24k none $DIR && { ${script}; }' sh "$@"`;
const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

describe('data files that cannot be used', () => {
  const images = () => join(data(), 'train-images-idx3-ubyte');
  const labels = () => join(data(), 't10k-labels-idx1-ubyte');
  it.each([
    ['a missing folder', () => rm(data(), { recursive: true }), /^\/data: expected a folder with .* nothing/],
    ['a missing file', () => rm(labels()), /^\/data: expected the files .* no t10k-labels-idx1-ubyte/],
    ['a cut file', () => truncate(images(), 1000), /train-images.*found 1000 bytes. The file is cut short/],
    [
      'a wrong magic',
      () => writeFile(images(), 'GIF89a'),
      /train-images.*expected an IDX file .*47 49 46 38/,
    ],
    [
      'a label out of range',
      () => writeFile(labels(), idxBytes([100], new Array(100).fill(10))),
      /t10k-labels.*image 0: expected a label from 0 to 9, found 10/,
    ],
  ])('%s: one line, and nothing written', async (_, spoil, words) => {
    await spoil();
    expect(complaint(await train())).toMatch(words);
    expect(existsSync(out())).toBe(false);
  });
});

describe('an output folder that cannot be written', () => {
  it('under a regular file: one line', async () => {
    await writeFile(inFolder('file'), '');
    expect(complaint(await train('--out', inFolder('file', 'run')))).toBe(
      'cannot write /file/run: a part of this path is not a folder. Choose another folder with --out',
    );
  });

  it.skipIf(!canMount)('that fills up: one line, and no part of a file', async () => {
    await mkdir(out());
    const run = onFullDisk('"$@"; code=$?; find $DIR -name "*.partial"; exit $code');
    const outcome = await cli.inShell(run, ...trainTask0(), '--json');
    expect(complaint(outcome)).toMatch(
      /^job \w{12}, network: cannot write \/out\/store\/work\/\w{64}\/network\.safetensors: the disk is full\. Free some space or choose another folder with --out$/,
    );
    expect(outcome.stdout.split('\n').filter((line) => line && !line.startsWith('{'))).toEqual([]);
  });
});

describe('an adapter that is not there', () => {
  it('is one line with the remedy, and nothing written', async () => {
    const line = complaint(
      await cli.inShell('VK_DRIVER_FILES=/none "$@"', ...trainTask0(), '--adapter', 'gpu'),
    );
    expect(line).toMatch(/^no WebGPU adapter \(installed drivers: .*\)\. Install a Vulkan driver/);
    expect(existsSync(out())).toBe(false);
  });
});

describe('a finished run', () => {
  const results = () => join(out(), 'results.json');
  const report = async () => complaint(await cli.run('report', '--out', out()));

  it('is not reported on in a folder that holds none', async () => {
    expect(await report()).toBe('/out/results.json: expected a readable JSON file, found no such file');
  });

  it.each([
    ['cut', '{"taskgrad": "0.1', /^\/out\/results.json: expected JSON, found /],
    ['of another form', '{"taskgrad": 1}', /^\/out\/results.json, field taskgrad: expected string, found 1$/],
  ])('is not reported on when its results.json is %s: one line, nothing written', async (_, text, words) => {
    await mkdir(out());
    await writeFile(results(), text);
    expect(await report()).toMatch(words);
    expect(await readdir(out())).toEqual(['results.json']);
  });
});
