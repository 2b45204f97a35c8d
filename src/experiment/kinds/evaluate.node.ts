import { z } from 'zod';
import { searchBudget, separateSteps, startWork, trainingSteps } from '../../nas/budget';
import { evaluateGenotype } from '../../nas/evaluate-genotype';
import type { Genotype } from '../../nas/genotype';
import { defineKind } from '../kind';
import type { TaskInputs } from '../scene/inputs';
import { openScene } from '../scene/scene';
import { type SearchBudgets, wholeSearch } from '../scene/search-data';
import { AHEAD, stepsCost } from './cost';

/** A cell to train at the cost of one network of a search, and to score on validation images. */
export interface EvaluateInputs {
  readonly of: TaskInputs;
  readonly plan: SearchBudgets;
  readonly seed: number;
  /** All cells that share the budget: each is trained for as many steps. */
  readonly draws: readonly Genotype[];
  /** Which of them. First weights follow from it. */
  readonly number: number;
}

const measureSchema = z.strictObject({ loss: z.number(), accuracy: z.number() });

/** How good a cell is on a task after a short training, as dictionaries of cells know it. */
export const evaluateKind = defineKind({
  name: 'evaluate',
  version: 1,
  check: (value) => measureSchema.parse(value),
  cost: ({ plan }: EvaluateInputs) =>
    stepsCost({ images: plan.images, epochs: plan.weightEpochs, batchSize: plan.batchSize }),
  tail: () => AHEAD.evaluate,
  run: async (work, { of, plan, seed, draws, number }: EvaluateInputs) => {
    const { gpu, signal } = work;
    const { data, settings } = wholeSearch(openScene(gpu, of), plan, seed);
    const { work: budget, networks } = searchBudget(settings, data);
    const share = (budget / networks) * draws.length - startWork(draws.length);
    const steps = trainingSteps(settings, data, separateSteps(settings, draws), share);
    const { batchSize, alphaBatchSize, alphaOrder, augment, backbone, head, weightLr } = settings;
    const { accuracy, loss } = await evaluateGenotype(gpu, data, draws[number], {
      steps,
      batchSize,
      alphaBatchSize,
      alphaOrder,
      augment,
      seed,
      number,
      backbone,
      head,
      weightLr,
      signal,
      onStep: (done) => work.progress(done, steps),
    });
    return { value: { accuracy, loss } };
  },
});
