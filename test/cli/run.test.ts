import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/commands/run';
import { type ExperimentWork, withExperiment } from '../../src/cli/experiment';
import { readJobs } from '../../src/cli/jobs-file';
import { makeProgram } from '../../src/cli/program';
import { parseGenotype } from '../../src/nas/genotype';
import { resultsSchema } from '../../src/report/results';
import { InterruptedError } from '../../src/training/errors';
import { failure } from '../data/failure';
import { linkFiles } from '../data/links';
import { parseXml } from '../report/xml';
import { writeDigits } from './digits';
import { interruptedInNext, optionsFor, TINY, useSilence, valuesOf, weightsOf } from './experiment';

let root = '';
const inRoot = (...parts: string[]) => join(root, ...parts);
const silence = useSilence();
const whole = (out: string, more: ExperimentWork = {}) =>
  withExperiment(optionsFor(inRoot('data'), inRoot(out)), TINY, run, more);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-run-'));
  await writeDigits(inRoot('data'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const readJson = async (...path: string[]) => JSON.parse(await readFile(inRoot(...path), 'utf8'));
const results = async (out: string) => resultsSchema.parse(await readJson(out, 'results.json'));

/** The facts without the times. */
const TIMES = ['startedAt', 'wallSeconds', 'gpuSeconds'];
const timeless = (value: unknown) =>
  JSON.parse(JSON.stringify(value, (key, inner) => (TIMES.includes(key) ? undefined : inner)));

describe('taskgrad run', () => {
  const inPlace = new Set<string>();
  const replaced = new Set<string>();
  let parts = 0;
  /** Goes on with the run in 'stopped', and follows what becomes of the files that it finds there. */
  const goOn = async (more?: ExperimentWork) => {
    await mkdir(inRoot('stopped'), { recursive: true });
    const changes = await linkFiles(inRoot('stopped'), inRoot(`found${parts++}`));
    try {
      await whole('stopped', more);
    } finally {
      const found = await changes();
      for (const file of found.writtenInPlace) inPlace.add(file);
      for (const file of found.replaced) replaced.add(file);
    }
  };

  it('writes facts, report, pictures and genotypes, and prints the table', async () => {
    await whole('straight');
    const files = await readdir(inRoot('straight'));
    const methods = ['FUSE-task-aware', 'FUSE-standard', 'random-search', 'DARTS', 'FUSE-random-space'];
    expect(files).toEqual(
      expect.arrayContaining([
        ...['results.json', 'report.html', 'log.jsonl', 'jobs.json', 'store'],
        ...[
          'heatmap-logdet-mean.svg',
          'heatmap-frechet-sd.svg',
          'sensitivity-logdet.svg',
          'training-loss.svg',
        ],
        ...methods.flatMap((name) => [`genotype-${name}.json`, `genotype-${name}.svg`]),
      ]),
    );
    for (const file of files.filter((name) => name.endsWith('.svg')))
      expect(parseXml(await readFile(inRoot('straight', file), 'utf8')).tag).toBe('svg');
    const { table, search, unsearched = [], training, distance, tasks, cutDown } = await results('straight');
    // A cell that several rows share is trained once.
    const trained = new Set(
      [...search.map(({ winner }) => winner), ...unsearched.map(({ genotype }) => genotype)].map(
        ({ hash }) => hash,
      ),
    );
    const { jobs } = await readJobs(inRoot('straight'));
    expect(jobs.filter(({ kind }) => kind === 'winner')).toHaveLength(trained.size);
    expect(jobs.filter(({ kind }) => kind === 'search').map(({ label }) => label)).toEqual(
      search.map(({ method }) => method),
    );
    const architectures = [
      'FUSE task-aware',
      'FUSE standard',
      'Random search',
      'DARTS',
      'FUSE random-space',
      'No search, mean of 2',
      'Most convolutions',
      'Fewest parameters',
      'smallCifarNet × 0.25',
    ];
    expect(table.map(({ architecture }) => architecture)).toEqual(architectures);
    for (const architecture of architectures) expect(silence.stdout()).toContain(`\n${architecture} `);
    // FUSE trains two candidates in each of two rounds, DARTS one supernet. The final trainings see 60 images twice.
    expect(search.map(({ cost }) => cost?.search.networks)).toEqual([
      4,
      4,
      search[2].rounds[0].candidates.length,
      1,
      4,
    ]);
    for (const { cost } of search) expect(cost?.search.steps).toBeGreaterThan(0);
    for (const { cost } of table) expect(cost?.training).toMatchObject({ steps: 8, networks: 1 });
    const drawn = unsearched.filter(({ rule }) => rule === 'drawn').map(({ testError }) => testError);
    expect(search[4].space).toHaveLength(search[0].space.length);
    expect(table[5].testErrorPercent).toBeCloseTo(50 * (drawn[0] + drawn[1]), 9);
    expect(table[5].errorSd).toBeCloseTo((100 * Math.abs(drawn[0] - drawn[1])) / Math.SQRT2, 9);
    // Cells of three nodes with one channel on 28 × 28 pixels: two of them joined, a weight a pixel and class.
    for (const { headParameters } of search) expect(headParameters).toBe((2 * 28 * 28 + 1) * 10);
    for (const [i, method] of methods.entries()) {
      const genotype = parseGenotype(await readJson('straight', `genotype-${method}.json`));
      expect(genotype).toEqual(search[i].winner);
    }
    expect(training.map(({ task, curve }) => [task, curve.length])).toEqual([
      ['0', 2],
      ['3', 2],
    ]);
    // Of 30 images a digit 3 are kept for the Fisher information.
    expect(tasks.map(({ trainCount, testCount }) => [trainCount, testCount])).toEqual([
      [54, 20],
      [60, 100],
    ]);
    expect(distance?.logdet.mean.map((row, i) => row[i])).toEqual([0, 0]);
    // Distances are measured on images of the training set, so that none of the test set chose anything.
    for (const { testImagesSeen, evaluatedTestOnce } of search) {
      expect(testImagesSeen).toEqual(['accuracies of trained networks']);
      expect(evaluatedTestOnce).toBe(true);
    }
    expect(distance).toMatchObject({ images: 'held-out', head: 'matched', averaged: false });
    expect(distance?.below).toBeGreaterThan(0);
    expect(distance?.overEpsilon.map(({ epsilon }) => epsilon)).toContain(1e-10);
    expect(distance?.nulls).toEqual({ logdet: [null, null], frechet: [null, null] }); // one seed
    expect(cutDown).toContain('Tasks: 0, 3 instead of 0, 1, 2, 3, 4, 5, 6, 7');
  });

  it('interrupted in every stage and resumed, comes to the same results, weights and dictionary', async () => {
    // In whatever order they are done: what waits for nothing comes where a plan has nothing more urgent.
    const stages = new Map([
      ['smallCifarNet-task3-seed0', 2],
      ['cell 2 of 2 for task 0', 2],
      ['FUSE task-aware', 9], // in the second round
      ['FUSE standard', 2],
      ['random search', 3],
      ['smallCifarNet-final-task3', 3],
      ['winner of FUSE task-aware', 6],
    ]);
    while (stages.size > 0) {
      const error = await failure(() => goOn(interruptedInNext(stages)));
      expect(error).toBeInstanceOf(InterruptedError);
      expect(await readdir(inRoot('stopped'))).not.toContain('results.json');
    }
    await goOn();
    expect(timeless(await results('stopped'))).toEqual(timeless(await results('straight')));
    expect(await weightsOf(inRoot('stopped'))).toEqual(await weightsOf(inRoot('straight')));
  });

  it('replaces the files that it finds, and writes into none but its log', () => {
    expect([...inPlace]).toEqual(['log.jsonl']);
    expect([...replaced]).toContain('jobs.json');
  });

  it('given again when it has ended, computes nothing again and counts all its time', async () => {
    const before = await results('straight');
    const untouched = await weightsOf(inRoot('straight'));
    const begun: string[] = [];
    await whole('straight', { watch: { progress: ({ label }) => void begun.push(label) } });
    expect(begun).toEqual([]);
    const after = await results('straight');
    const { startedAt: _, wallSeconds: __, ...facts } = after;
    expect(facts).toEqual({ ...before, startedAt: undefined, wallSeconds: undefined });
    expect(after.wallSeconds).toBeCloseTo(before.wallSeconds, 6);
    expect(await weightsOf(inRoot('straight'))).toEqual(untouched);
  });
});

describe('taskgrad run --repeats', () => {
  it('tries everything under further seeds, in the same task-aware space, and gives mean and spread', async () => {
    const store = inRoot('straight', 'store');
    const begun = new Set<string>();
    const watch: ExperimentWork['watch'] = { progress: ({ label }) => void begun.add(label) };
    const methods = ['FUSE task-aware', 'random search'] as const;
    const settings = { ...TINY, unsearched: 1, search: { ...TINY.search, methods: [...methods] } };
    const options = optionsFor(inRoot('data'), inRoot('repeats'), { store });
    await withExperiment(options, settings, (experiment) => run(experiment, 2), { watch });
    // What the first seed has is there already.
    expect([...begun].filter((label) => !label.endsWith('seed 1'))).toEqual([]);
    const { table, search, seed } = await results('repeats');
    const one = await results('straight');
    expect(seed).toBe(0);
    expect(search.map(({ method, testError }) => [method, testError])).toEqual(
      methods.map((method) => [method, one.search.find((run) => run.method === method)?.testError]),
    );
    const second = await valuesOf<{ testError: number }>(inRoot('repeats'), 'winner');
    for (const [i, method] of methods.entries()) {
      const label = [...second.keys()].find(
        (name) => name.startsWith(`winner of ${method} (`) && name.endsWith('seed 1'),
      );
      const error = second.get(label ?? '')?.testError ?? Number.NaN;
      expect(table[i].testErrorPercent).toBeCloseTo(50 * (search[i].testError + error), 9);
      expect(table[i].errorSd).toBeCloseTo((100 * Math.abs(search[i].testError - error)) / Math.SQRT2, 9);
    }
    expect(table.map(({ seeds }) => seeds)).toEqual([2, 2, undefined, 2, 2, 2]);
    expect(table[2].architecture).toBe('No search, mean of 2');
    expect(silence.stdout()).toMatch(/^FUSE task-aware +\d+\.\d\d ± \d+\.\d\d /m);
    expect(silence.stdout()).toContain('Errors are mean ± sd over seeds (2 at least)');
  });
});

describe('taskgrad report', () => {
  it('draws the report of a run again, and prints its table', async () => {
    // The plotting library numbers its pictures through.
    const page = async () =>
      (await readFile(inRoot('straight', 'report.html'), 'utf8')).replaceAll(/zr\d+-(cls-|c|g)\d+/g, 'id');
    const drawn = await page();
    await rm(inRoot('straight', 'report.html'));
    await makeProgram().parseAsync(['report', '--out', inRoot('straight')], { from: 'user' });
    expect((await page()) === drawn).toBe(true);
    expect(silence.stdout()).toMatch(/^Architecture +Error % [\s\S]*^FUSE standard +\d[\s\S]*^report: /m);
  });

  it('takes another run’s figures as another seed beside the published ones, and says what was not run', async () => {
    const other = { ...(await results('straight')), seed: 1 };
    await mkdir(inRoot('other'));
    await writeFile(inRoot('other', 'results.json'), JSON.stringify(other));
    const args = ['report', '--out', inRoot('straight'), '--with', inRoot('other')];
    await makeProgram().parseAsync(args, { from: 'user' });
    expect(silence.stdout()).toMatch(/^LD-NAS \(task-aware\) +0\.33 +2\.28 .* ± 0\.00 .*, 2 seeds$/m);
    expect(silence.stdout()).toMatch(/^ENAS +24\.78 +– +– +not run/m);
  });

  it('gives the same table to programs with --json', async () => {
    await makeProgram().parseAsync(['report', '--out', inRoot('straight'), '--json'], { from: 'user' });
    const [table, mnist, cifar, drawings, report] = silence
      .stdout()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(table).toMatchObject({ event: 'table', table: (await results('straight')).table });
    expect([mnist, cifar, drawings]).toMatchObject(
      ['mnist', 'cifar10', 'quickdraw'].map((name) => ({ event: 'published', name })),
    );
    expect(report).toMatchObject({ event: 'report', path: inRoot('straight', 'report.html') });
  });
});
