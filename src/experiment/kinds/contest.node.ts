import { z } from 'zod';
import type { Genotype } from '../../nas/genotype';
import { type RoundScores, roundScores } from '../../nas/own-scores';
import { defineKind } from '../kind';
import type { TaskInputs } from '../scene/inputs';
import { tableSearch } from '../scene/table-search';
import type { ContestBudget, TableBudget } from '../settings/table-budget';
import { stepsCost } from './cost';

/** Cells of a table that compete in one mixture, as in a round of FUSE. One of them alone is trained by itself. */
export interface ContestInputs {
  readonly of: TaskInputs;
  readonly genotypes: readonly Genotype[];
  readonly table: TableBudget;
  readonly budget: ContestBudget;
  readonly seed: number;
  /** Tells the first weights from those of other rounds. */
  readonly number: number;
}

const measure = z.strictObject({ loss: z.number(), accuracy: z.number() });
const contestSchema: z.ZodType<RoundScores> = z.strictObject({
  alpha: z.array(z.number()),
  own: z.array(measure),
});

/** What a search would say of cells whose accuracy from scratch is known. */
export const contestKind = defineKind({
  name: 'contest',
  version: 1,
  check: (value) => contestSchema.parse(value),
  cost: ({ genotypes, table, budget }: ContestInputs) =>
    genotypes.length * stepsCost({ ...table, epochs: budget.epochs }),
  run: async (work, { of, genotypes, table, budget, seed, number }: ContestInputs) => {
    const { alphaSteps, alphaLr } = budget;
    const { data, options } = tableSearch(work, of, table, budget);
    const value = await roundScores(work.gpu, data, genotypes, {
      ...options,
      ...{ alphaSteps, alphaLr, seed, number },
    });
    return { value };
  },
});
