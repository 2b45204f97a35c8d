import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeProgram } from '../../src/cli/program';
import { agreements } from '../../src/cli/table/agreement';
import { nasBench201Space } from '../../src/nas/nas-bench-201';
import { kendallTau } from '../../src/report/statistics/kendall';
import { failure } from '../data/failure';
import { allCells } from '../nas/table/made';
import { useSilence } from './experiment';

const silence = useSilence();
let root = '';
const inRoot = (...parts: string[]) => join(root, ...parts);
const here = (...args: string[]) => makeProgram().parseAsync(['table', ...args], { from: 'user' });
/** Where CIFAR-10's records are short of nothing: a label and 3 × 32 × 32 pixels. */
const record = (label: number) =>
  Uint8Array.from({ length: 3073 }, (_, i) => (i === 0 ? label : (i * 37 + label * 91) % 251));

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-table-'));
  const cells = allCells(4, nasBench201Space.operations);
  const values = cells.map((cell) => 10 + 10 * (cell.split('nor_conv').length - 1));
  const given = {
    columns: ['cifar10-test', 'cifar10-val'],
    cells,
    accuracy: { 'cifar10-test': values, 'cifar10-val': values },
  };
  await writeFile(inRoot('given.json.gz'), gzipSync(JSON.stringify(given)));
  const batch = Buffer.concat([0, 1, 2, 3].map(record));
  for (const name of ['data_batch_1.bin', 'test_batch.bin']) await writeFile(inRoot(name), batch);
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('taskgrad table', () => {
  it('imports a table, and answers what it says of a cell', async () => {
    await here('import', inRoot('given.json.gz'), '--out', inRoot('table.json.gz'));
    expect(silence.stdout()).toContain('15,625 cells, 5,260 different networks');
    expect(silence.stdout()).toContain('cifar10 test: 10.000 to 70.000 %');
    await here(
      'query',
      inRoot('table.json.gz'),
      '|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|',
      '--json',
    );
    const [line] = silence.stdout().trim().split('\n').slice(-1);
    expect(silence.stdout()).toContain('"regret":');
    expect(JSON.parse(line)).toMatchObject({ message: expect.stringMatching(/cifar10 validation/) });
    await here('query', inRoot('table.json.gz'), '--top', '2');
    expect(silence.stdout().match(/70\.000 % {2}\|/g)).toHaveLength(2);
  });

  it('says what is wrong with files and cells', async () => {
    await writeFile(inRoot('no.json.gz'), 'not zipped');
    expect(await failure(() => here('import', inRoot('no.json.gz'), '--out', inRoot('x')))).toMatchObject({
      code: 'DATA_DAMAGED',
    });
    expect(await failure(() => here('query', inRoot('table.json.gz'), 'luck'))).toMatchObject({
      code: 'TABLE',
    });
  });

  it('scores cells on images, goes on where it stopped, and prints how scores order them', async () => {
    const out = inRoot('scores.jsonl');
    const args = (cells: number, ...more: string[]) => [
      ...['scores', inRoot('table.json.gz'), '--cells', String(cells), '--batch', '2', '--out', out],
      ...['--data', `cifar10=${root}`, '--scores', 'parameters', 'multiply-adds', ...more],
    ];
    await here(...args(3));
    const first = await readFile(out, 'utf8');
    expect(first.trim().split('\n')).toHaveLength(4);
    await appendFile(out, '{"cell":"|none~0'); // as a power cut leaves it
    await here(...args(5));
    const second = await readFile(out, 'utf8');
    expect(second.startsWith(first)).toBe(true);
    expect(second.trim().split('\n')).toHaveLength(6);
    expect(silence.stdout()).toContain('5 cells of NAS-Bench-201, 12 epochs, 3 of them scored before');
    expect(silence.stdout()).toMatch(/multiply-adds +-?\d\.\d\d/);
    expect(await failure(() => here(...args(5, '--seed', '1')))).toMatchObject({
      code: 'DATA_OTHER',
      message: expect.stringMatching(/line 1, seed: expected 1, found 0\. Go on with the same options/),
    });
  });

  it('measures agreement by τ, and beside the plain number', () => {
    const accuracies = [5, 3, 8, 1, 9, 4, 7, 2, 6, 10];
    const plain = accuracies.map((value) => -value);
    const [snip, adds] = agreements(
      new Map([
        ['snip', accuracies],
        ['multiply-adds', plain],
      ]),
      accuracies,
    );
    expect(snip).toMatchObject({ tau: 1, top10: 1, published: 0.41, gain: { low: 2, high: 2 } });
    expect(adds).toMatchObject({ tau: kendallTau(plain, accuracies), gain: null, published: 0.57 });
  });
});
