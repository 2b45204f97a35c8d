import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Transfer, transferOf } from '../../src/report/transfer';
import { readTransfer, writeTransfer } from '../../src/report/transfer-file.node';
import { writeReport } from '../../src/report/write.node';
import { results } from './fixture';

const pair = (source: string, target: string, logdet: number, accuracy: number) => ({
  seed: 0,
  source,
  target,
  logdet,
  frechet: 0.5,
  accuracy,
  scratch: 0.5,
});
const TRANSFER: Transfer = transferOf({
  adapter: { kind: 'lavapipe', description: 'a software adapter', software: true },
  network: 'NN2 × 0.25',
  estimator: 'empirical',
  seeds: [0],
  samples: 50,
  epochs: 3,
  batchSize: 20,
  lr: 1e-3,
  runs: [pair('a', 'b', 1, 0.7), pair('b', 'a', 2, 0.6)],
  tasks: ['a', 'b'].map((id) => ({ id, name: id })),
});

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'taskgrad-transfer-file-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('a transfer check in a folder', () => {
  it('is not there before it is written, and then reads back as it was', async () => {
    expect(await readTransfer(dir)).toBeNull();
    expect(await writeTransfer(dir, TRANSFER)).toEqual([
      'transfer.json',
      'transfer-predictors.svg',
      'transfer-logdet.svg',
      'transfer-frechet.svg',
      'transfer.html',
    ]);
    expect(await readTransfer(dir)).toEqual(TRANSFER);
  });

  it('is taken into the report of the same folder', async () => {
    await writeReport(dir, results);
    const page = await readFile(join(dir, 'report.html'), 'utf8');
    expect(page).toContain('<section id="transfer">');
    expect(page).toContain(TRANSFER.verdict[0]);
  });

  it('of another form is refused by its name', async () => {
    await writeFile(join(dir, 'transfer.json'), '{"runs": 7}');
    await expect(readTransfer(dir)).rejects.toThrow(/transfer\.json, field /);
  });
});
