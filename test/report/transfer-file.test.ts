import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTransfer, writeTransfer } from '../../src/report/transfer-file.node';
import { writeReport } from '../../src/report/write.node';
import { results } from './fixture';
import { TRANSFER } from './transfer-fixture';

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
