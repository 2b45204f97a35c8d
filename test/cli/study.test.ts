import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { study } from '../../src/cli/commands/study';
import { type ExperimentWork, withExperiment } from '../../src/cli/experiment';
import { readJobs } from '../../src/cli/jobs-file';
import { makeProgram } from '../../src/cli/program';
import type { StudyOrder } from '../../src/experiment/plans/study.node';
import { armsOf } from '../../src/experiment/plans/study-arms';
import type { Settings } from '../../src/experiment/settings/presets';
import { type Study, studySchema } from '../../src/report/study/study';
import { InterruptedError } from '../../src/training/errors';
import { failure } from '../data/failure';
import { parseXml } from '../report/xml';
import { writeDigits } from './digits';
import { interruptedIn, optionsFor, TINY, useSilence } from './experiment';

let root = '';
const inRoot = (...parts: string[]) => join(root, ...parts);
const silence = useSilence();

const SEARCHED = armsOf([{ method: 'fuse', space: 'task-aware' }, { method: 'random' }], ['standard']);
const WITH_NONE = armsOf([{ method: 'none' }, { method: 'darts' }], ['standard']);
type Order = Partial<Omit<StudyOrder, 'targets'>> & { readonly targets?: readonly string[] };

const run = (out: string, order: Order, more: Partial<Settings> = {}, work: ExperimentWork = {}) => {
  const { arms = SEARCHED, targets = ['3'], seeds = [0, 1], atOnce = 1, limit } = order;
  return withExperiment(
    optionsFor(inRoot('data'), inRoot(out)),
    { ...TINY, ...more },
    (experiment) => {
      const named = targets.map(experiment.task);
      return study(experiment, {
        arms,
        targets: named,
        seeds,
        atOnce,
        ...(limit !== undefined && { limit }),
      });
    },
    work,
  );
};
const read = async (out: string): Promise<Study> =>
  studySchema.parse(JSON.parse(await readFile(inRoot(out, 'study.json'), 'utf8')));
/** What was found, without times. */
const findings = ({ runs }: Study) =>
  runs.map(({ gpuSeconds: _, spaceSeconds: __, curve, ...run }) => ({
    ...run,
    curve: curve.map(({ networks, validationError }) => ({ networks, validationError })),
  }));

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-study-'));
  await writeDigits(inRoot('data'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('taskgrad study', () => {
  it('writes every arm with its errors, interval and curve, the pairs, and prints the sentence', async () => {
    await run('once', {});
    const { methods, pairs, seeds, adapter, sentence, runs } = await read('once');
    expect(Object.keys(methods)).toEqual(['FUSE, task-aware', 'random search, standard']);
    expect(seeds).toEqual([0, 1]);
    expect(adapter.kind).toMatch(/\w/);
    for (const { errors, mean, ci } of Object.values(methods)) {
      expect(mean).toBeCloseTo((errors[0] + errors[1]) / 2, 12);
      expect(ci?.[0]).toBeCloseTo(Math.min(...errors), 12);
    }
    const [fuse, random] = Object.values(methods);
    // Networks, distances and dictionary are no part of the search’s time.
    expect(fuse.spaceSeconds?.mean).toBeGreaterThan(0);
    expect(random.spaceSeconds).toBeUndefined();
    expect(pairs).toHaveLength(1);
    expect(pairs[0]).toMatchObject({ a: 'FUSE, task-aware', b: 'random search, standard', n: 2 });
    expect(pairs[0].difference).toBeCloseTo(fuse.mean - random.mean, 12);
    // FUSE trains two candidates in each of two rounds, random search one cell after another.
    const curveOf = (method: string) => runs.filter((run) => run.method === method).map(({ curve }) => curve);
    for (const curve of curveOf('FUSE')) expect(curve.map(({ networks }) => networks)).toEqual([2, 4]);
    for (const curve of curveOf('random search'))
      expect(curve.map(({ networks }) => networks)).toEqual([1, 2, 3, 4]);
    for (const { curve, gpuSeconds } of runs) {
      const times = curve.map((point) => point.gpuSeconds);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(times[0]).toBeGreaterThan(0);
      expect(times[times.length - 1]).toBeLessThan(gpuSeconds);
    }
    expect(sentence).toMatch(/^2 pairs are too few to tell these 2 methods apart/);
    expect(silence.stdout()).toContain(sentence);
    expect(silence.stdout()).toMatch(/^seed 1, .+: random search, standard: test error \d+\.\d\d %$/m);
    expect(parseXml(await readFile(inRoot('once', 'study-errors.svg'), 'utf8')).tag).toBe('svg');
  });

  it('grows by seeds and methods to what it would have been at once, and computes only what is new', async () => {
    await run('grown', { seeds: [1] });
    const begun: string[] = [];
    const progress: ExperimentWork['watch'] = { progress: ({ label }) => void begun.push(label) };
    await run('grown', {}, {}, { watch: progress });
    expect(begun.length).toBeGreaterThan(0);
    expect(begun.filter((label) => label.includes('seed 1'))).toEqual([]);
    expect(findings(await read('grown'))).toEqual(findings(await read('once')));
    await run('grown', { arms: WITH_NONE });
    const { methods, runs } = await read('grown');
    const names = ['DARTS, standard', 'FUSE, task-aware', 'no search, standard', 'random search, standard'];
    expect(Object.keys(methods)).toEqual(names);
    expect(runs).toHaveLength(8);
    expect(findings(await read('grown')).filter(({ method }) => method === 'random search')).toEqual(
      findings(await read('once')).filter(({ method }) => method === 'random search'),
    );
  });

  it('interrupted in a search and gone on with, comes to the same curve and errors', async () => {
    const arms = armsOf([{ method: 'random' }], ['standard']);
    const stopped = interruptedIn('random search standard, task 3, seed 1', 7);
    expect(await failure(() => run('stopped', { arms }, {}, stopped))).toBeInstanceOf(InterruptedError);
    // The seed that had ended is there.
    expect((await read('stopped')).seeds).toEqual([0]);
    await run('stopped', { arms });
    expect(findings(await read('stopped'))).toEqual(
      findings(await read('once')).filter(({ method }) => method === 'random search'),
    );
  });

  it('ends when its time is up, says what is there and how to go on, and goes on', async () => {
    const arms = armsOf([{ method: 'none' }, { method: 'most-convolutions' }], ['standard']);
    await run('limited', { arms, limit: 1e-6 });
    expect((await read('limited')).seeds).toEqual([0]);
    expect(silence.stdout()).toContain('1 of 2 seeds are in the study; the same command goes on with seed 1');
    await run('limited', { arms });
    const { seeds, methods } = await read('limited');
    expect(seeds).toEqual([0, 1]);
    expect(Object.keys(methods)).toEqual(['most convolutions, standard', 'no search, standard']);
  });

  it('is for several targets, each with figures of its own, and trains once what several arms find', async () => {
    const arms = armsOf([{ method: 'none' }], ['standard']);
    await run('targets', { arms, targets: ['0', '3'] });
    const { byTask, tasks } = await read('targets');
    expect(tasks.map(({ id }) => id)).toEqual(['0', '3']);
    expect(byTask.map(({ task, methods }) => [task, Object.keys(methods)])).toEqual([
      ['0', ['no search, standard']],
      ['3', ['no search, standard']],
    ]);
    const { jobs } = await readJobs(inRoot('targets'));
    expect(jobs.filter(({ kind }) => kind === 'winner')).toHaveLength(4);
  });

  it('refuses to grow a study that was made with other budgets, before it computes', async () => {
    const begun: string[] = [];
    const watch: ExperimentWork['watch'] = { asked: ({ label }) => void begun.push(label) };
    const error = await failure(() => run('once', {}, { final: { ...TINY.final, epochs: 3 } }, { watch }));
    expect(error).toMatchObject({
      code: 'DATA_OTHER',
      message: expect.stringMatching(/final\.epochs 2, not 3/),
    });
    expect(begun).toEqual(['adapter']);
  });
});

describe('the options of taskgrad study', () => {
  const refused = async (...args: string[]) => {
    const program = makeProgram();
    for (const command of program.commands) command.exitOverride();
    await mkdir(inRoot('unused'), { recursive: true });
    return failure(() => program.parseAsync(['study', '--out', inRoot('unused'), ...args], { from: 'user' }));
  };

  it('name methods and spaces that there are', async () => {
    for (const given of ['fusee', 'fuse:', 'fuse:small', 'fuse:standard:standard'])
      expect(await refused('--methods', given)).toMatchObject({ code: 'commander.invalidArgument' });
    expect(await refused('--hours', '0')).toMatchObject({ code: 'commander.invalidArgument' });
  });

  it('cross methods with spaces, but for those that name one or search none', () => {
    const methods = [
      { method: 'fuse' },
      { method: 'random', space: 'task-aware' },
      { method: 'none' },
    ] as const;
    const names = armsOf(methods, ['standard', 'random-space']).map(
      ({ method, space }) => `${method}:${space}`,
    );
    expect(names).toEqual(['fuse:standard', 'fuse:random-space', 'random:task-aware', 'none:standard']);
  });
});
