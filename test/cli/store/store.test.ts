import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeProgram } from '../../../src/cli/program';
import { size, sizeText, span, spanText } from '../../../src/cli/store/amounts';
import { storeOf } from '../../../src/cli/store/store-of';
import { folderStore } from '../../../src/experiment/public.node';
import { useFolder } from '../../data/folder';
import { spoilFile } from '../../experiment/store-place';
import { all, keyOf, leased, put } from '../../experiment/store-suite';
import { useSilence } from '../experiment';

const silence = useSilence();
const folder = useFolder();
const root = () => join(folder.path, 'store');
const [net, cell, other] = ['net', 'cell', 'other'].map(keyOf);

async function printed(...args: string[]): Promise<string> {
  const before = silence.stdout().length;
  await makeProgram().parseAsync(['store', ...args, '--store', root()], { from: 'user' });
  return silence.stdout().slice(before);
}
const lines = async (...args: string[]) =>
  (await printed(...args, '--json'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

beforeEach(async () => {
  const store = folderStore(root());
  await put(store, net, { 'net.bin': 'x'.repeat(3000) }, { kind: 'train', inputs: { task: '3', seed: 0 } });
  await put(store, cell, { a: '1' }, { kind: 'distance', inputs: { source: { $artefact: net } } });
  await put(store, other, {}, { kind: 'train', inputs: { task: '1', seed: 0 } });
});
afterEach(() => {
  process.exitCode = undefined;
});

describe('taskgrad store ls', () => {
  test('prints a line for each artefact, with its inputs in short', async () => {
    const text = await printed('ls');
    const rows = text.trim().split('\n');
    expect(rows[0]).toMatch(/^kind +key +age +took +size +inputs$/);
    expect(rows[1]).toMatch(
      new RegExp(`^train +${net.slice(0, 12)} +\\d+ s +1\\.5 s +3\\.0 kB +{task:3,seed:0}$`),
    );
    expect(rows[2]).toMatch(new RegExp(`^distance +${cell.slice(0, 12)} .* {source:${net.slice(0, 12)}}$`));
    expect(rows[4]).toMatch(/^3 artefacts in .*store, 3\.1 kB$/);
  });

  test('with --json prints all that is known, but for values', async () => {
    const [first, , , last] = await lines('ls');
    expect(first).toMatchObject({
      event: 'artefact',
      key: net,
      kind: 'train',
      inputs: { task: '3', seed: 0 },
    });
    expect(first.files).toEqual([{ name: 'net.bin', bytes: 3000, sha256: expect.any(String) }]);
    expect(last).toMatchObject({ event: 'store', artefacts: 3 });
  });
});

describe('taskgrad store verify', () => {
  test('finds the artefact that is damaged', async () => {
    expect(await printed('verify')).toMatch(/^3 artefacts in .*: every byte is as it was written\n$/);
    expect(process.exitCode).toBe(undefined);
    await spoilFile(root(), cell, '2');
    const text = await printed('verify');
    expect(text).toMatch(new RegExp(`^damaged: ${cell.slice(0, 12)}: .*expected SHA-256`));
    expect(text).toMatch(/\n1 artefact of 3 damaged/);
    expect(process.exitCode).toBe(1);
  });
});

describe('taskgrad store gc', () => {
  const there = async () => (await all(folderStore(root()).entries())).map(({ key }) => key).toSorted();

  test('removes what is old, and only says so with --dry-run', async () => {
    expect(await printed('gc', '--older-than', '1h')).toMatch(/^removed 0 artefacts of 3/);
    expect(await printed('gc', '--older-than', '0s', '--dry-run')).toMatch(/would remove 3 artefacts of 3/);
    expect(await there()).toHaveLength(3);
    expect(await printed('gc', '--older-than', '0s')).toMatch(/removed 3 artefacts of 3, 3\.1 kB/);
    expect(await there()).toEqual([]);
  });

  test('keeps what files name and what that builds on', async () => {
    const file = join(folder.path, 'results.json');
    await writeFile(file, JSON.stringify({ cell: { key: cell } }));
    expect(await printed('gc', '--unused-by', file)).toMatch(/removed 1 artefact of 3/);
    expect(await there()).toEqual([net, cell].sort());
    await writeFile(file, JSON.stringify({ key: keyOf('of another store') }));
    await expect(printed('gc', '--unused-by', file)).rejects.toThrow(
      /results\.json names no artefact of .*store; nothing was removed/,
    );
  });

  test('keeps what a job under way builds on', async () => {
    const lease = await leased(folderStore(root()), keyOf('under way'), [cell]);
    await printed('gc', '--to-size', '0B');
    expect(await there()).toEqual([net, cell].sort());
    await lease.release();
    await printed('gc', '--to-size', '0.0001kB');
    expect(await there()).toEqual([]);
  });

  test('without a rule removes only what nobody has touched for a week', async () => {
    const lease = await leased(folderStore(root()), keyOf('left'));
    await writeFile(join(lease.folder, 'at'), '1');
    await lease.release();
    expect(await printed('gc')).toMatch(/^removed 0 artefacts of 3, 0 B\n$/);
    expect(await readdir(join(root(), 'work'))).toHaveLength(1);
    expect(await printed('gc', '--older-than', '0s')).toMatch(
      /removed work\/.*which nobody has touched since/,
    );
    expect(await readdir(join(root(), 'work'))).toEqual([]);
  });
});

describe('an amount', () => {
  test('is a number and a unit', () => {
    expect(['90s', '1.5h', '30d', '2 W'].map(span)).toEqual([90e3, 5400e3, 30 * 86400e3, 14 * 86400e3]);
    expect(['1B', '10GB', '2.5mb'].map(size)).toEqual([1, 10e9, 2.5e6]);
    for (const text of ['30', '3x', '-1d', '', 'd']) {
      expect(() => span(text)).toThrow('Expected a time such as 30d, 12h or 2w.');
      expect(() => size(text)).toThrow('Expected a size such as 10GB or 500MB.');
    }
  });

  test('is shown in the largest unit that fits', () => {
    expect([0, 59_999, 60_000, 3 * 86400e3].map(spanText)).toEqual(['0 s', '60 s', '1 min', '3 d']);
    expect([999, 1000, 123_456, 2.5e9].map(sizeText)).toEqual(['999 B', '1.0 kB', '123 kB', '2.5 GB']);
  });
});

describe('the name of a store', () => {
  test('is a folder, or a bucket with a prefix', async () => {
    expect(storeOf('runs/store').name).toBe('runs/store');
    process.env.AWS_ACCESS_KEY_ID = 'me';
    process.env.AWS_SECRET_ACCESS_KEY = 'secret';
    expect(storeOf('s3://artefacts').name).toBe('s3://artefacts');
    expect(storeOf('s3://artefacts/team/one?endpoint=http://127.0.0.1:1').name).toBe(
      's3://artefacts/team/one',
    );
    delete process.env.AWS_ACCESS_KEY_ID;
    expect(() => storeOf('s3://artefacts')).toThrow(/set AWS_ACCESS_KEY_ID/);
  });

  test.each(['gs://artefacts', 's3://', 's3://artefacts?endpoin=http://x', 'http://x/y'])(
    'is not %s',
    (text) => {
      expect(() => storeOf(text)).toThrow(/no store is called .*give a folder, or s3:\/\/BUCKET\/PREFIX/);
    },
  );
});
