import { z } from 'zod';
import type { Genotype } from '../../nas/genotype';
import { count, measureSchema, stepsShape } from '../../nas/schemas';
import { type SharedState, sharedScores } from '../../nas/shared-scores';
import type { SearchSpace } from '../../nas/space';
import { defineKind } from '../kind';
import type { TaskInputs } from '../scene/inputs';
import { arenaSearch } from '../scene/table-search';
import type { Arena, ContestBudget } from '../settings/arena';
import { stepsCost } from './cost';
import { trainingFile } from './training-file.node';

/** Cells of a table to score by weights that all cells of the space share. */
export interface SharedInputs {
  readonly of: TaskInputs;
  readonly operations: SearchSpace['operations'];
  readonly genotypes: readonly Genotype[];
  readonly arena: Arena;
  readonly budget: ContestBudget;
  readonly seed: number;
}

const sharedSchema = z.array(measureSchema);
const stateSchema: z.ZodType<SharedState> = z.strictObject({
  ...stepsShape,
  optimizerSteps: count,
  measures: sharedSchema,
});

/** How good cells are with the weights of a network that has all of them in it. */
export const sharedKind = defineKind({
  name: 'shared',
  version: 2,
  check: (value) => sharedSchema.parse(value),
  cost: ({ operations, arena, budget }: SharedInputs) =>
    operations.length * budget.sharedTimes * stepsCost({ ...arena, epochs: budget.epochs }),
  run: async (work, { of, operations, genotypes, arena, budget, seed }: SharedInputs) => {
    const { data, options } = arenaSearch(work, of, arena, budget);
    const steps = budget.sharedTimes * options.steps;
    const onStep = (done: number) => work.progress(done, steps);
    const given = { ...options, steps, onStep, seed, ...(await trainingFile(work, stateSchema)) };
    return { value: await sharedScores(work.gpu, data, { operations }, genotypes, given) };
  },
});
