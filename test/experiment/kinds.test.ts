import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ExperimentWork, withExperiment } from '../../src/cli/experiment';
import { adapterKind } from '../../src/experiment/kinds/adapter';
import { contestKind } from '../../src/experiment/kinds/contest.node';
import { rowKind } from '../../src/experiment/kinds/row.node';
import { sharedKind } from '../../src/experiment/kinds/shared.node';
import { KINDS } from '../../src/experiment/kinds/table.node';
import type { Experiment } from '../../src/experiment/plans/experiment.node';
import { type Arena, CONTEST_BUDGET } from '../../src/experiment/settings/arena';
import type { TableBudget } from '../../src/experiment/settings/table-budget';
import { makeGenotype } from '../../src/nas/genotype';
import { writeDigits } from '../cli/digits';
import { interruptedIn, optionsFor, TINY, useSilence } from '../cli/experiment';
import { failure } from '../data/failure';
import { useFolder } from '../data/folder';

const folder = useFolder();
useSilence();

describe('kinds of job', () => {
  it('are all in the table, under names of their own', async () => {
    const kinds = join(import.meta.dirname, '../../src/experiment/kinds');
    const files = (await readdir(kinds)).filter((file) => file !== 'table.node.ts');
    const found = await Promise.all(
      files.map(async (file) => Object.entries(await import(join(kinds, file)))),
    );
    const defined = found
      .flat()
      .filter(([name]) => name.endsWith('Kind'))
      .map(([, kind]) => kind);
    expect(new Set(defined)).toEqual(new Set(KINDS));
    expect(new Set(KINDS.map(({ name }) => name)).size).toBe(KINDS.length);
  });

  it('row: a cell trained on a part of the images a search sees, scored on the rest and on test images', async () => {
    const data = join(folder.path, 'data');
    await writeDigits(data, 120, 50);
    await withExperiment(optionsFor(data, join(folder.path, 'out')), TINY, async (experiment) => {
      const { inputs, task, job } = experiment;
      const given = {
        of: inputs(task('3')),
        genotype: makeGenotype(3, 1, { '01': 'skip_connect', '02': 'skip_connect', '12': 'skip_connect' }),
        budget: {
          ...{ shrink: 1, channels: 1, head: 'flat', images: 60, validationImages: 20, testImages: 40 },
          ...{ epochs: 3, batchSize: 16, lr: 1e-2 },
        } satisfies TableBudget,
        seed: 0,
      };
      const { value } = await job(rowKind, given);
      // Twenty images: accuracies are twentieths. Two nodes of three are joined, a weight a pixel and class.
      expect((20 * value.validation) % 1).toBeCloseTo(0, 9);
      expect(value.validation).toBeGreaterThan(0.5); // of ten digits, each drawn in its own way
      expect(value.test).toBeGreaterThan(0.5);
      expect(value.parameters).toBe((2 * 28 * 28 + 1) * 10);
      // Of 28 × 28 pixels 7 × 7 are left, and batch norm's own statistics say as much as running ones where there is none.
      const small = { ...given, budget: { ...given.budget, shrink: 4, together: 20 } };
      expect((await job(rowKind, small)).value.parameters).toBe((2 * 7 * 7 + 1) * 10);
      expect((await job(rowKind, { ...given, seed: 1 })).key).not.toBe((await job(rowKind, given)).key);
      expect((await job(adapterKind, {})).value.kind).toMatch(/\w/);
    });
  });

  it.each(['contest', 'shared'] as const)(
    '%s: goes on from its file where it was interrupted',
    async (kind) => {
      const data = join(folder.path, 'data');
      await writeDigits(data, 120, 50);
      const cell = (name: 'skip_connect' | 'max_pool_3x3') =>
        makeGenotype(3, 1, { '01': name, '02': 'skip_connect', '12': 'skip_connect' });
      const arena = {
        ...{ shrink: 4, channels: 1, head: 'flat', images: 60, validationImages: 20, batchSize: 16 },
      } satisfies Arena;
      const budget = { ...CONTEST_BUDGET, epochs: 3, sharedTimes: 1, alphaSteps: 5 };
      const steps: number[] = [];
      const value = async (out: string, work: ExperimentWork = {}) => {
        let found: unknown;
        const plan = async ({ inputs, task, job }: Experiment) => {
          const genotypes = [cell('skip_connect'), cell('max_pool_3x3')];
          const given = { of: inputs(task('3')), genotypes, arena, budget, seed: 0 };
          const operations = ['skip_connect', 'max_pool_3x3'] as const;
          const made =
            kind === 'contest'
              ? job(contestKind, { ...given, weightLoss: 'mixture', number: 0 }, kind)
              : job(sharedKind, { ...given, operations }, kind);
          ({ value: found } = await made);
        };
        await withExperiment(optionsFor(data, join(folder.path, out)), TINY, plan, work);
        return found;
      };
      const whole = await value('whole');
      expect(await failure(() => value('cut', interruptedIn(kind, 5)))).toMatchObject({
        code: 'INTERRUPTED',
      });
      const counted = { watch: { progress: (_: unknown, done: number) => void steps.push(done) } };
      expect(await value('cut', counted)).toEqual(whole);
      expect(steps[0]).toBe(6);
    },
  );
});
