import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError } from '../../src/data/errors';
import { ResultsError } from '../../src/report/results';
import { readResults, writeReport } from '../../src/report/write.node';
import { results } from './fixture';
import { parseXml } from './xml';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'taskgrad-report-'));
});
afterEach(() => rm(dir, { recursive: true }));

describe('writeReport', () => {
  it('writes the facts, the page and each picture, and nothing else', async () => {
    const paths = await writeReport(dir, results);
    expect(paths.map((path) => basename(path)).sort()).toEqual((await readdir(dir)).sort());
    expect(await readdir(dir)).toEqual(
      expect.arrayContaining(['results.json', 'report.html', 'heatmap-logdet-mean.svg', 'training-loss.svg']),
    );
    for (const path of paths.filter((name) => name.endsWith('.svg')))
      expect(parseXml(await readFile(path, 'utf8')).tag).toBe('svg');
  });

  it('writes results that read back as they were', async () => {
    await writeReport(dir, results);
    expect(await readResults(join(dir, 'results.json'))).toEqual(results);
  });

  it('writes nothing when a figure is not a number', async () => {
    await expect(writeReport(dir, { ...results, wallSeconds: Number.NaN })).rejects.toThrow(ResultsError);
    expect(await readdir(dir)).toEqual([]);
  });
});

describe('readResults', () => {
  it.each([
    ['is missing', undefined],
    ['is cut', '{"taskgrad": "0.1'],
    ['is of another shape', '{"taskgrad": "0.1.0"}'],
  ])('refuses a file that %s in one line that names it', async (_, content) => {
    const path = join(dir, 'results.json');
    if (content !== undefined) await writeFile(path, content);
    const error: unknown = await readResults(path).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DataError);
    expect(String(error)).toContain(path);
    expect(String(error)).not.toContain('\n');
  });
});
