import { z } from 'zod';
import type { TrainingState } from '../../nas/evaluate-genotype';
import type { Genotype } from '../../nas/genotype';
import { type RoundScores, roundScores } from '../../nas/own-scores';
import { measureSchema, trainingStateSchema } from '../../nas/schemas';
import type { SearchRules } from '../../nas/search-rules';
import { defineKind } from '../kind';
import type { TaskInputs } from '../scene/inputs';
import { arenaSearch } from '../scene/table-search';
import type { Arena, ContestBudget } from '../settings/arena';
import { stepsCost } from './cost';
import { trainingFile } from './training-file.node';

/** Cells of a table that compete in one mixture, as in a round of FUSE, or are trained side by side, each by its own loss. */
export interface ContestInputs {
  readonly of: TaskInputs;
  readonly genotypes: readonly Genotype[];
  readonly arena: Arena;
  readonly budget: ContestBudget;
  readonly weightLoss: NonNullable<SearchRules['weightLoss']>;
  readonly seed: number;
  /** Tells the first weights from those of other rounds. */
  readonly number: number;
}

const contestSchema: z.ZodType<RoundScores> = z.strictObject({
  alpha: z.array(z.number()),
  levelAlpha: z.array(z.number()),
  own: z.array(measureSchema),
});

/** What a search would say of cells whose accuracy from scratch is known. */
export const contestKind = defineKind({
  name: 'contest',
  version: 2,
  check: (value) => contestSchema.parse(value),
  cost: ({ genotypes, arena, budget }: ContestInputs) =>
    genotypes.length * stepsCost({ ...arena, epochs: budget.epochs }),
  run: async (work, { of, genotypes, arena, budget, weightLoss, seed, number }: ContestInputs) => {
    const { alphaSteps, alphaLr } = budget;
    const { data, options } = arenaSearch(work, of, arena, budget);
    const value = await roundScores(work.gpu, data, genotypes, {
      ...options,
      ...{ alphaSteps, alphaLr, weightLoss, seed, number },
      ...(await trainingFile<TrainingState>(work, trainingStateSchema)),
    });
    return { value };
  },
});
