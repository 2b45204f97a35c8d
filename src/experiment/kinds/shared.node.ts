import { z } from 'zod';
import type { Genotype } from '../../nas/genotype';
import { sharedScores } from '../../nas/shared-scores';
import { defineKind } from '../kind';
import type { TaskInputs } from '../scene/inputs';
import { wholeSpace } from '../scene/search-data';
import { tableSearch } from '../scene/table-search';
import type { ContestBudget, TableBudget } from '../settings/table-budget';
import { stepsCost } from './cost';

/** Cells of a table to score by weights that all cells of the space share. */
export interface SharedInputs {
  readonly of: TaskInputs;
  readonly genotypes: readonly Genotype[];
  readonly table: TableBudget;
  readonly budget: ContestBudget;
  readonly seed: number;
}

const sharedSchema = z.array(z.strictObject({ loss: z.number(), accuracy: z.number() }));

/** How good cells are with the weights of a network that has all of them in it. */
export const sharedKind = defineKind({
  name: 'shared',
  version: 1,
  check: (value) => sharedSchema.parse(value),
  cost: ({ of, table, budget }: SharedInputs) =>
    wholeSpace(of.protocol).operations.length *
    budget.sharedTimes *
    stepsCost({ ...table, epochs: budget.epochs }),
  run: async (work, { of, genotypes, table, budget, seed }: SharedInputs) => {
    const { data, options } = tableSearch(work, of, table, budget);
    const steps = budget.sharedTimes * options.steps;
    const onStep = (done: number) => work.progress(done, steps);
    const space = wholeSpace(of.protocol);
    return {
      value: await sharedScores(work.gpu, data, space, genotypes, { ...options, steps, onStep, seed }),
    };
  },
});
