import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readStudy, writeStudy } from '../../../src/report/study/file.node';
import { anytimeSvg, differencesSvg, errorsSvg } from '../../../src/report/study/picture';
import { studyHtml } from '../../../src/report/study/section';
import { studyOf } from '../../../src/report/study/study';
import { armTable, pairTable, studyNote } from '../../../src/report/study/table';
import { tableText } from '../../../src/report/table';
import { writeReport } from '../../../src/report/write.node';
import { results } from '../fixture';
import { labels, parseXml, textOf } from '../xml';
import { DARTS, FUSE, factsOf, RANDOM } from './runs';

const curve = [1, 2].map((networks) => ({
  networks,
  gpuSeconds: 3 * networks,
  validationError: 0.1 / networks,
}));
const study = studyOf(factsOf(...[...RANDOM, ...DARTS, ...FUSE].map((run) => ({ ...run, curve }))));

describe('the tables of a study', () => {
  it('have the lowest mean first, with deviation and interval', () => {
    const [, , first, second, third] = tableText(armTable(study)).split('\n');
    expect(first).toMatch(
      /^FUSE, standard +6 +2\.50 ± 0\.37 +2\.\d\d to 2\.\d\d +0\.072 ± 0\.0019 +42\.5 s$/,
    );
    expect(second).toMatch(/^random search, standard +6 +2\.55 ± /);
    expect(third).toMatch(/^DARTS, standard +6 +2\.85 ± /);
  });

  it('have a single run without deviation and interval', () => {
    expect(tableText(armTable(studyOf(factsOf(FUSE[0]))))).toMatch(
      /FUSE, standard +1 +2\.00 +– +0\.070 ± 0 /,
    );
  });

  it('set every two methods side by side', () => {
    const [, , first] = tableText(pairTable(study)).split('\n');
    expect(first).toMatch(
      /^DARTS, standard less FUSE, standard +6 +0\.35 +0\.\d\d to 0\.\d\d +0\.031 +0\.094 +0 of 6 +1\.87$/,
    );
    expect(tableText(pairTable(study))).toMatch(/less random search, standard .* 3\.5 of 6 /);
  });

  it('say what p cannot say with few seeds', () => {
    expect(studyNote(study)).not.toContain('cannot come below');
    const four = studyOf(factsOf(...FUSE.slice(0, 4), ...DARTS.slice(0, 4)));
    expect(studyNote(four)).toContain('With 4 pairs it cannot come below 0.13.');
  });
});

describe('the pictures of a study', () => {
  it('name each method and pair, and say their figures to those who do not see them', () => {
    const errors = errorsSvg(study);
    expect(labels(parseXml(errors))).toEqual(expect.arrayContaining(['FUSE, standard', 'test error (%)']));
    expect(errors).toMatch(/FUSE, standard: 2\.50, 2\.\d\d to 2\.\d\d/);
    const differences = differencesSvg(study);
    expect(labels(parseXml(differences))).toContain('DARTS, standard less FUSE, standard');
    expect(differences).toMatch(/DARTS, standard less FUSE, standard: 0\.35, 0\./);
  });

  it('draw a ring for every seed and every pair', () => {
    const rings = (svg: string) => svg.match(/<path [^>]*fill="#fff"[^>]*stroke="#0072b2"[^>]*>/g)?.length;
    expect(rings(errorsSvg(study))).toBe(18);
    expect(rings(differencesSvg(study))).toBe(18);
  });

  it.each(['gpuSeconds', 'networks'] as const)('draw the curves over %s', (axis) => {
    const svg = anytimeSvg(study, axis);
    expect(labels(parseXml(svg))).toEqual(expect.arrayContaining(['FUSE, standard', 'validation error (%)']));
    expect(svg).toContain('FUSE, standard ends at 5.00 %');
  });
});

describe('the page of a study', () => {
  it('is well-formed, with the sentence, both tables and four pictures', () => {
    const page = studyHtml(study);
    const text = textOf(parseXml(page.replace('<!doctype html>', '')));
    expect(text).toContain(study.sentence);
    expect(text).toContain('all <digits>');
    expect(text).toContain('DARTS, standard less FUSE, standard');
    expect(page.match(/<figure id="study-\w+/g)).toHaveLength(4);
  });
});

describe('the files of a study', () => {
  let dir = '';
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'taskgrad-study-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  it('are the ones that are named, and read back as they were', async () => {
    expect(await readStudy(dir)).toBeNull();
    const names = await writeStudy(dir, study);
    expect((await readdir(dir)).sort()).toEqual([...names].sort());
    expect(await readStudy(dir)).toEqual(study);
  });

  it('are taken into the report of the same folder', async () => {
    await writeStudy(dir, study);
    await writeReport(dir, results);
    expect(await readFile(join(dir, 'report.html'), 'utf8')).toContain('<section id="study">');
  });
});
