import type { Unsearched } from '../../report/results';
import type { Task } from '../../tasks/task';
import { chooseKind } from '../kinds/choose.node';
import { searchBudgets } from '../scene/search-data';
import { type Experiment, inOrder } from './experiment.node';
import { finalTraining } from './searches.node';

/**
 * Cells that nobody searched, trained as winners are: the first of those that random search draws, and of all its draws
 * the ones with most convolutions and with fewest parameters. What a search is worth is seen beside them.
 */
export async function trainUnsearched(experiment: Experiment, target: Task): Promise<Unsearched[]> {
  const { settings, inputs, job, tell } = experiment;
  const { seed, unsearched: drawn } = settings;
  if (drawn === 0) return [];
  const given = { of: inputs(target), plan: searchBudgets(settings), seed, drawn };
  const { value: choices } = await job(chooseKind, given, 'cells without a search');
  const all = await inOrder(
    choices.map(async ({ rule, genotype }, number) => {
      const label = rule === 'drawn' ? `cell ${number + 1} drawn` : `cell of ${rule}`;
      const final = await finalTraining(experiment, { label, target, genotype, seed });
      const { testError, parameters, headParameters, steps, gpuSeconds } = final;
      const one: Unsearched = {
        rule,
        genotype,
        testError,
        parameters,
        headParameters,
        training: { steps, networks: 1, gpuSeconds },
      };
      return { label, unsearched: one };
    }),
    (one) => tell({ kind: 'unsearched', ...one }),
  );
  return all.map(({ unsearched }) => unsearched);
}
