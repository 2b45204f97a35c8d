import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byCloseness, overBudgets } from '../../src/cli/commands/claim';
import { type CliExperiment, withExperiment } from '../../src/cli/experiment';
import { readJobs } from '../../src/cli/jobs-file';
import { CLOSENESS, byCloseness as chosen } from '../../src/experiment/plans/closeness';
import { closenessSpaces } from '../../src/experiment/plans/closeness.node';
import { computeDistances } from '../../src/experiment/plans/distances.node';
import { wholeSpace } from '../../src/experiment/scene/search-data';
import { type Settings, settingsOf } from '../../src/experiment/settings/presets';
import { Table } from '../../src/nas/table/table';
import { budgetsSchema } from '../../src/report/study/budgets';
import { readStudy } from '../../src/report/study/file.node';
import { Random } from '../../src/tensor/random';
import { madeTable } from '../nas/table/made';
import { writeDigits } from './digits';
import { optionsFor, TINY, useSilence } from './experiment';

const silence = useSilence();
let root = '';
const inRoot = (...parts: string[]) => join(root, ...parts);
const FOUR: Partial<Settings> = { ...TINY, tasks: ['0', '1', '3', 'mnist:odd'] };
const experimentIn = (out: string, plan: (experiment: CliExperiment) => Promise<void>) =>
  withExperiment(optionsFor(inRoot('data'), inRoot(out)), FOUR, plan);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-claim-'));
  await writeDigits(inRoot('data'), 120, 50);
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('the closest, a random and the farthest task', () => {
  const sources = [0.4, 0.1, 0.9, 0.3].map((distance, i) => ({ task: `t${i}`, distance }));

  it('are the ends of the distances, and one of those between, each as often', () => {
    const drawn = Array.from({ length: 200 }, (_, i) => chosen(sources, new Random(i, 1)));
    for (const one of drawn) expect(one).toMatchObject({ closest: 't1', farthest: 't2' });
    const first = drawn.filter((one) => one['random-task'] === 't0').length;
    // Half of 200, within four standard deviations.
    expect(Math.abs(first - 100)).toBeLessThan(4 * Math.sqrt(50));
    expect(new Set(drawn.map((one) => one['random-task']))).toEqual(new Set(['t0', 't3']));
  });

  it('are refused among two', () => {
    expect(() => chosen(sources.slice(0, 2), new Random(0, 1))).toThrow(/2 tasks beside the target/);
  });
});

describe('taskgrad claim', () => {
  it('compares spaces of one size, from other tasks each, by seeds in pairs', async () => {
    await experimentIn('spaces', async (experiment) => {
      await byCloseness(experiment, { target: experiment.task('3'), seeds: [0, 1] });
      const { distance } = await computeDistances(experiment);
      const spaces = await closenessSpaces(experiment, distance, experiment.task('3'), 0);
      const far = (id: string) =>
        distance.logdet.mean[distance.tasks.indexOf(id)][distance.tasks.indexOf('3')];
      const lenders = CLOSENESS.map((name) => spaces[name].task.id);
      expect(new Set([...lenders, '3']).size).toBe(4);
      expect(lenders.map(far)).toEqual(lenders.map(far).toSorted((a, b) => a - b));
      expect(new Set(CLOSENESS.map((name) => spaces[name].space.operations.length)).size).toBe(1);
    });
    const study = await readStudy(inRoot('spaces'));
    expect(Object.keys(study?.methods ?? {}).sort()).toEqual(CLOSENESS.map((name) => `FUSE, ${name}`).sort());
    expect(study?.pairs).toHaveLength(3);
    for (const { n } of study?.pairs ?? []) expect(n).toBe(2);
    expect(silence.stdout()).toContain(study?.sentence ?? 'a sentence');
    expect(silence.stdout()).toMatch(/^seed 1, space of the random-task task, \S+: \w+, \w+/m);
    // Every seed has networks of its own.
    const { jobs } = await readJobs(inRoot('spaces'));
    expect(jobs.filter(({ kind }) => kind === 'network')).toHaveLength(8);
  });

  it('compares the same spaces, and the standard one, on a table without training a cell', async () => {
    const operations = wholeSpace(settingsOf('quick', 0).protocol).operations;
    const ranks = new Map<string, number>(operations.map((name, i) => [name, i]));
    const named = (cell: string) => [...cell.matchAll(/(\w+)~/g)].map(([, name]) => name);
    const accuracy = (cell: string) =>
      10 + named(cell).reduce((sum, name) => sum + (ranks.get(name) ?? 0), 0);
    const data = madeTable(3, operations, accuracy);
    const table = new Table({
      ...data,
      columns: [{ ...data.columns[0], task: '3' }],
      parameters: data.cells.map(() => 7),
    });
    await experimentIn('on-table', async (experiment) => {
      await byCloseness(experiment, { target: experiment.task('3'), seeds: [0, 1] }, table);
      const { distance } = await computeDistances(experiment);
      const spaces = await closenessSpaces(experiment, distance, experiment.task('3'), 0);
      const { runs = [] } = (await readStudy(inRoot('on-table'))) ?? {};
      expect(runs.map(({ space, seed }) => `${space} ${seed}`).sort()).toEqual(
        [...CLOSENESS, 'standard'].flatMap((name) => [`${name} 0`, `${name} 1`]).sort(),
      );
      for (const name of CLOSENESS) {
        const allowed = new Set<string>(spaces[name].space.operations);
        const own = data.cells.filter((cell) => named(cell).every((one) => allowed.has(one))).map(accuracy);
        const run = runs.find(({ space, seed }) => space === name && seed === 0);
        // No better than the space's best cell, better than one drawn from it.
        expect(run?.testError).toBeGreaterThanOrEqual(1 - Math.max(...own) / 100);
        expect(run?.testError).toBeLessThan(1 - own.reduce((a, b) => a + b, 0) / own.length / 100);
        expect(run).toMatchObject({ method: 'FUSE, replayed', parameters: 7, gpuSeconds: 0 });
      }
    });
    const { jobs } = await readJobs(inRoot('on-table'));
    expect(jobs.filter(({ kind }) => ['search', 'winner'].includes(kind))).toEqual([]);
  });

  it('holds FUSE beside random search at every budget, under the same seeds', async () => {
    await experimentIn('budgets', (experiment) =>
      overBudgets(experiment, { target: experiment.task('3'), seeds: [0, 1] }, [2, 1]),
    );
    const text = await readFile(inRoot('budgets', 'budgets.json'), 'utf8');
    const { first, second, budgets, least, sentence } = budgetsSchema.parse(JSON.parse(text));
    expect([first, second]).toEqual(['FUSE, standard', 'random search, standard']);
    expect(budgets.map(({ factor, runs }) => [factor, runs.length])).toEqual([
      [1, 4],
      [2, 4],
    ]);
    expect(least).toBeNull();
    expect(sentence).toMatch(/^2 pairs are too few/);
    expect(silence.stdout()).toContain(sentence);
    // Twice the rounds of a preset with two.
    expect(silence.stdout()).toContain('FUSE standard, 4 rounds, seed 1');
  });
});
