import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { TaskgradError } from '../../runtime/errors';
import { makeProgram } from '../../src/cli/program';
import { cifar10Bytes } from '../data/cifar-bytes';
import { failure } from '../data/failure';
import { useFolder } from '../data/folder';
import { npyBytes } from '../data/npy-bytes';
import { cutAfter, status, useWebServer, whole } from '../data/web-server';
import { writeDigits } from './digits';
import { useSilence } from './experiment';
import { type Outcome, useCli } from './program';

const cli = useCli();
const silence = useSilence();
const server = useWebServer();
const folder = useFolder();
const inFolder = (...parts: string[]) => join(folder.path, ...parts);
const CAT = npyBytes([40, 784], new Uint8Array(40 * 784).fill(9));

/** Fetches one class of Quick, Draw!, of which no sum is published, from the server. */
const fetchCat = (...args: string[]) => [
  'data',
  'fetch',
  'quickdraw',
  '--from',
  server.url('bitmaps'),
  '--classes',
  'cat',
  '--out',
  inFolder('qd'),
  ...args,
];

/** What a command prints, in this process: a process for each would take a second each. */
async function printed(...args: string[]): Promise<string> {
  const before = silence.stdout().length;
  await makeProgram().parseAsync(args, { from: 'user' });
  return silence.stdout().slice(before);
}

/** What a command fails with, in this process. */
async function refusal(...args: string[]): Promise<string> {
  const error = await failure(() => printed(...args));
  expect(error).toBeInstanceOf(TaskgradError);
  return (error as TaskgradError).message.replaceAll(folder.path, '').replaceAll(server.url(''), 'SERVER/');
}

/** The one line that a failed command says. */
function complaint({ code, stderr }: Outcome): string {
  expect({ code, lines: stderr.split('\n').length - 1 }, stderr).toEqual({ code: 1, lines: 1 });
  expect(stderr.startsWith('taskgrad: ')).toBe(true);
  return stderr
    .slice('taskgrad: '.length, -1)
    .replaceAll(folder.path, '')
    .replaceAll(server.url(''), 'SERVER/');
}

describe('taskgrad data fetch', () => {
  it('saves what it fetches under the official names, and data check reads it', async () => {
    server.answers(whole(CAT));
    const fetched = await cli.run(...fetchCat(), '--classes', 'hot air balloon');
    expect(fetched.stderr).toBe('');
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/bitmaps/cat.npy',
      '/bitmaps/hot%20air%20balloon.npy',
    ]);
    expect(await readdir(inFolder('qd'))).toEqual([
      'full_numpy_bitmap_cat.npy',
      'full_numpy_bitmap_hot air balloon.npy',
    ]);
    expect(fetched.stdout).toContain('full_numpy_bitmap_cat.npy: 0.03 MB\n');
    const checked = await printed('data', 'check', inFolder('qd'));
    expect(checked).toMatch(/^ {2}hot air balloon +33 +7$/m);
    expect(checked).toContain('note: only 33 train + 7 test drawings of cat, hot air balloon');
  });

  it('goes on after cuts and failures, and from what an earlier call left', async () => {
    await mkdir(inFolder('qd'));
    await writeFile(inFolder('qd', 'full_numpy_bitmap_cat.npy.part'), CAT.subarray(0, 5000));
    server.answers(cutAfter(CAT, 10_000), status(500), whole(CAT));
    const stdout = await printed(...fetchCat('--json'));
    expect(server.requests.map(({ range }) => range)).toEqual([
      'bytes=5000-',
      'bytes=15000-',
      'bytes=15000-',
    ]);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ event }) => event)).toEqual(['retry', 'retry', 'file', 'fetched']);
    expect(events[2]).toMatchObject({ kept: 5000, bytes: CAT.length });
    expect(CAT.equals(await readFile(inFolder('qd', 'full_numpy_bitmap_cat.npy')))).toBe(true);
  });

  it('does not ask again for what is there', async () => {
    server.answers(whole(CAT));
    await printed(...fetchCat());
    expect(await printed(...fetchCat())).toContain('full_numpy_bitmap_cat.npy: there already\n');
    expect(server.requests).toHaveLength(1);
  });

  it('of MNIST refuses bytes that are not the published ones: one line, nothing kept', async () => {
    server.answers(whole(Buffer.from('<html>welcome to this hotspot</html>')));
    const args = ['data', 'fetch', 'mnist', '--from', server.url('mnist/'), '--out', inFolder('mnist')];
    expect(complaint(await cli.run(...args))).toMatch(
      /^cannot download SERVER\/mnist\/train-images-idx3-ubyte.gz: these are not the published bytes \(MD5 \w+, expected f68b3c2dcbeaaa9fbdd348bbdeb94873\)/,
    );
    expect(await readdir(inFolder('mnist'))).toEqual([]);
  });

  it('of Quick, Draw! refuses a page for a bitmap file', async () => {
    server.answers(whole(Buffer.from('<html>welcome to this hotspot</html>')));
    expect(await refusal(...fetchCat())).toContain('(expected an npy file (magic 93 4e 55 4d 50 59), found');
  });

  it('says in one line that a file is not there, and that a server stays broken', async () => {
    server.answers(status(404));
    expect(await refusal(...fetchCat())).toMatch(/bitmaps\/cat.npy: the server answers 404 Not Found\. /);
    server.answers(status(500));
    expect(await refusal(...fetchCat('--retries', '0'))).toContain(
      'the server answers 500 Internal Server Error. What has arrived is kept',
    );
  });

  it('stopped by Ctrl-C keeps what has arrived and ends with 130', async () => {
    const { child, outcome } = cli.start(...fetchCat());
    server.answers((_, response) => {
      response.writeHead(200, { 'content-length': CAT.length });
      response.write(CAT.subarray(0, 9000), () => setTimeout(() => child.kill('SIGINT'), 1000));
    });
    const { code, stderr } = await outcome;
    expect(code).toBe(130);
    expect(stderr).toContain('interrupted; what has arrived is kept, the same command goes on from there\n');
    expect((await readFile(inFolder('qd', 'full_numpy_bitmap_cat.npy.part'))).length).toBe(9000);
  });

  it.each([
    [
      'a data set it does not know',
      ['svhn'],
      'Allowed choices are mnist, fashion, cifar10, cifar100, quickdraw',
    ],
    ['an address that is none', ['mnist', '--from', 'here'], 'begins with http:// or https://.'],
    [
      'a class that is a path',
      ['quickdraw', '--classes', '../cat'],
      'names of letters, digits, spaces and hyphens.',
    ],
  ])('refuses %s with a hint', async (_, args, words) => {
    const program = makeProgram();
    const fetch = program.commands.find((command) => command.name() === 'data')?.commands[0];
    fetch?.exitOverride();
    const error = await failure(() => program.parseAsync(['data', 'fetch', ...args], { from: 'user' }));
    expect(error).toMatchObject({ exitCode: 1 });
    expect(silence.stderr()).toContain(words);
    expect(silence.stderr()).toMatch(/\(taskgrad data fetch --help shows its options\)\n$/);
  });

  it('refuses classes of a data set that is one file', async () => {
    expect(await refusal('data', 'fetch', 'cifar10', '--classes', 'cat')).toBe(
      '--classes is for quickdraw; cifar10 comes with all its classes',
    );
  });
});

describe('taskgrad data check', () => {
  const writeCifar = async () => {
    await writeFile(inFolder('data_batch_1.bin'), cifar10Bytes([0, 3, 3, 9]));
    await writeFile(inFolder('test_batch.bin'), cifar10Bytes([3]));
  };

  it('counts the images of each class and draws a contact sheet', async () => {
    await writeCifar();
    const sheet = inFolder('pictures', 'sheet.png');
    const { code, stdout, stderr } = await cli.run('data', 'check', folder.path, '--sheet', sheet);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.replaceAll(folder.path, 'DIR').split('\n');
    expect(lines[0]).toBe('DIR: CIFAR-10');
    expect(lines).toContain('images: 3 x 32 x 32 (channels x height x width)');
    expect(lines).toContain('  cat                 2          1');
    expect(lines).toContain('  ship                0          0');
    expect(lines).toContain('  total               4          1');
    expect(lines).toContain('note: 4 of the published 50000 training images, 1 of 5 files');
    expect(lines).toContain('contact sheet: DIR/pictures/sheet.png');
    expect((await sharp(sheet).metadata()).format).toBe('png');
  });

  it('says the same to programs', async () => {
    await writeCifar();
    const stdout = await printed('data', 'check', folder.path, '--json');
    const [found, ...rest] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rest).toEqual([]);
    expect(found).toMatchObject({
      event: 'dataset',
      kind: 'cifar10',
      name: 'CIFAR-10',
      shape: [3, 32, 32],
      total: { train: 4, test: 1 },
    });
    expect(found.classes[3]).toEqual({ name: 'cat', train: 2, test: 1 });
  });

  it('reads MNIST too', async () => {
    await writeDigits(inFolder('digits'), 30, 10);
    const stdout = await printed('data', 'check', inFolder('digits'));
    expect(stdout).toMatch(/: MNIST\nimages: 1 x 28 x 28/);
    expect(stdout).toMatch(/^ {2}7 +3 +1$/m);
  });

  it('names the broken file in one line, and draws nothing', async () => {
    await writeCifar();
    await writeFile(inFolder('test_batch.bin'), cifar10Bytes([3]).subarray(0, 100));
    const sheet = inFolder('sheet.png');
    expect(complaint(await cli.run('data', 'check', folder.path, '--sheet', sheet))).toMatch(
      /^\/test_batch.bin: expected records of 3073 bytes, at least one and all of them whole, found 100 bytes/,
    );
    expect(existsSync(sheet)).toBe(false);
  });

  it('says what it can read when there is nothing of it', async () => {
    expect(await refusal('data', 'check', folder.path)).toMatch(
      /^: expected MNIST or Fashion-MNIST .* found an empty folder. taskgrad data fetch gets the published ones$/,
    );
  });
});
