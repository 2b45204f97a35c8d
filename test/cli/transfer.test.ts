import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transfer } from '../../src/cli/commands/transfer';
import { withExperiment } from '../../src/cli/experiment';
import { readJobs } from '../../src/cli/jobs-file';
import { makeProgram } from '../../src/cli/program';
import { TASK_MEASURES } from '../../src/fisher/measures/table';
import { PREDICTORS } from '../../src/report/predictors';
import { transferSchema } from '../../src/report/transfer';
import { InterruptedError } from '../../src/training/errors';
import { failure } from '../data/failure';
import { labels, parseXml } from '../report/xml';
import { writeDigits } from './digits';
import { interruptedIn, labelsOf, optionsFor, useSilence } from './experiment';

const silence = useSilence();
let root = '';
const inRoot = (...parts: string[]) => join(root, ...parts);
const text = (...path: string[]) => readFile(inRoot(...path), 'utf8');
const found = async (out: string) => transferSchema.parse(JSON.parse(await text(out, 'transfer.json')));
const FEW = { samples: 12, epochs: 2 };
const check = (out: string, ...more: string[]) => {
  const matrix = ['--tasks', '0', '3', '--seeds', '2', '--epochs', String(FEW.epochs)];
  const args = ['transfer', '--data', inRoot('data'), '--out', inRoot(out), ...matrix, ...more];
  return makeProgram().parseAsync(args, { from: 'user' });
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-transfer-'));
  await writeDigits(inRoot('data'), 80, 50);
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('taskgrad transfer', () => {
  it('holds every pair’s accuracy against the run’s distances', async () => {
    await check('whole', '--samples', '12');
    const { runs, pairs, targets, predictors, verdict, ...rest } = await found('whole');
    expect(rest).toMatchObject({ ...FEW, seeds: [0, 1], network: 'NN2 × 0.25', estimator: 'empirical' });
    expect(pairs.map(({ source, target }) => source + target)).toEqual(['30', '03']);
    expect(runs).toHaveLength(4);
    for (const { seed, target, scratch } of runs)
      expect(runs.find((other) => other.seed === seed && other.target === target)?.scratch).toBe(scratch);
    expect(new Set(runs.map(({ accuracy }) => accuracy)).size).toBeGreaterThan(1);

    const printed = /^3 → 0 +(\S+) ± \S+ +(\S+) ± /m.exec(silence.stdout());
    const whole = pairs.find(({ target }) => target === '0');
    expect(Number(printed?.[1])).toBeCloseTo(whole?.logdet.mean ?? Number.NaN, 1);
    expect(Number(printed?.[2])).toBeCloseTo(whole?.frechet.mean ?? Number.NaN, 1);
    expect(silence.stdout()).toMatch(/^log-det distance, least first +.* of 2 /m);
    expect(silence.stdout()).toContain('over all 2 pairs');
    expect(targets.map(({ task }) => task)).toEqual(['0', '3']);
    // Task 0 is one digit against the rest, task 3 all ten: of 8 images a digit 1 is kept for the Fisher information.
    for (const { source, sourceClasses, targetClasses, sourceImages } of runs)
      expect([source, sourceClasses, targetClasses, sourceImages]).toEqual(
        source === '0' ? ['0', 2, 10, expect.any(Number)] : ['3', 10, 2, 70],
      );
    const isKnown = ({ value }: (typeof PREDICTORS)[number]) => runs.every((run) => value(run) !== undefined);
    const known = PREDICTORS.filter(isKnown).map(({ name }) => name);
    expect(predictors.map(({ name }) => name)).toEqual(known);
    for (const sentence of verdict) expect(silence.stdout()).toContain(sentence);
    // Every task measure has a number of every pair; tasks say what they are cut from.
    for (const { measures } of runs)
      expect(Object.keys(measures ?? {}).sort()).toEqual(TASK_MEASURES.map(({ name }) => name).sort());
    expect(rest).toMatchObject({ probe: '3', tasks: [{ dataset: 'MNIST' }, { dataset: 'MNIST' }] });
    expect(silence.stdout()).toMatch(/^LEEP, most first +.* of 2 /m);
    expect(await text('whole', 'transfer.html')).toContain('Does distance predict transfer?');
    for (const measure of ['logdet', 'frechet'])
      expect(labels(parseXml(await text('whole', `transfer-${measure}.svg`)))).toContain('3→0');
  });

  it('interrupted between two networks goes on to the same figures', async () => {
    const stopped = () =>
      withExperiment(
        optionsFor(inRoot('data'), inRoot('halves')),
        { tasks: ['0', '3'], seeds: 2 },
        (experiment) => transfer(experiment, FEW),
        interruptedIn('task 0 from task 3, seed 1', 1),
      );
    expect(await failure(stopped)).toBeInstanceOf(InterruptedError);
    expect((await labelsOf(inRoot('halves'))).filter((label) => label.startsWith('task '))).toEqual([
      ...['task 0 from scratch, seed 0', 'task 3 from scratch, seed 0'],
      ...['task 0 from scratch, seed 1', 'task 3 from scratch, seed 1'],
      ...['task 3 from task 0, seed 0', 'task 0 from task 3, seed 0', 'task 3 from task 0, seed 1'],
    ]);
    await check('halves', '--samples', '12');
    expect(await found('halves')).toEqual(await found('whole'));
  });

  it('takes tasks of several data sets, and says which is of which', async () => {
    const few = ['--tasks', '0', 'fashion:each-shoe', '--seeds', '1', '--epochs', '1', '--samples', '12'];
    const data = ['--data', inRoot('data'), '--data', `fashion=${inRoot('data')}`];
    await makeProgram().parseAsync(['transfer', ...data, '--out', inRoot('sets'), ...few], { from: 'user' });
    const { tasks, runs } = await found('sets');
    expect(tasks.map(({ dataset }) => dataset)).toEqual(['MNIST', 'Fashion-MNIST']);
    expect(runs.map(({ sourceClasses, targetClasses }) => [sourceClasses, targetClasses])).toEqual([
      [4, 2],
      [2, 4],
    ]);
  });

  it('takes the networks and distances that are there for another number of samples', async () => {
    const keys = async () => {
      const { jobs } = await readJobs(inRoot('whole'));
      return jobs.filter(({ kind }) => ['network', 'distance'].includes(kind)).map(({ key }) => key);
    };
    const before = await keys();
    await check('whole', '--samples', '20');
    expect((await keys()).sort()).toEqual(before.sort());
    expect(await found('whole')).toMatchObject({ samples: 20, seeds: [0, 1] });
    expect((await found('whole')).runs).not.toEqual((await found('halves')).runs);
  });
});
