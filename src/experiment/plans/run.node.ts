import { searchLabelled } from '../../nas/methods/labels';
import { closestTo, computeDistances } from './distances.node';
import { type Experiment, inOrder } from './experiment.node';
import { trainAll, trainBaselines } from './networks.node';
import type { Findings } from './results.node';
import { searchAndTrain } from './searches.node';
import { spacesBeside, taskAware } from './spaces.node';
import { trainUnsearched } from './unsearched.node';

/** The whole pipeline: networks, distances, searches in the spaces that these give, and what is set beside them. */
export async function runPlan(experiment: Experiment): Promise<Findings> {
  const { settings } = experiment;
  const target = experiment.task(settings.search.target);
  const training = await trainAll(experiment);
  const { distance } = await computeDistances(experiment);
  const aware = await taskAware(experiment, closestTo(experiment, distance, target));
  const spaces = spacesBeside(experiment, aware, settings.seed);
  const wanted = settings.search.methods.map(searchLabelled);
  const [search, unsearched, baselines] = await Promise.all([
    inOrder(
      wanted.map((one) => searchAndTrain(experiment, one, target, spaces[one.space])),
      (search) => experiment.tell({ kind: 'searched', seed: settings.seed, search }),
    ),
    trainUnsearched(experiment, target),
    trainBaselines(experiment, target),
  ]);
  return { training, distance, search, unsearched, baselines };
}
