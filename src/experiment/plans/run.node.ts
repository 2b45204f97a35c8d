import { searchLabelled } from '../../nas/methods/labels';
import type { Task } from '../../tasks/task';
import { closestTo, computeDistances } from './distances.node';
import { type Experiment, inOrder, together } from './experiment.node';
import { trainAll, trainBaselines } from './networks.node';
import type { Findings } from './results.node';
import { searchAndTrain } from './searches.node';
import { spacesBeside, taskAware } from './spaces.node';
import { trainUnsearched } from './unsearched.node';

/** The whole pipeline: networks, distances, searches in the spaces that these give, and what is set beside them. */
export async function runPlan(experiment: Experiment): Promise<Findings> {
  const target = experiment.task(experiment.settings.search.target);
  // What waits for nothing is asked for at once: workers without urgent jobs do it.
  const [searched, unsearched, baselines] = await together([
    searchedSpaces(experiment, target),
    trainUnsearched(experiment, target),
    trainBaselines(experiment, target),
  ]);
  return { ...searched, unsearched, baselines };
}

async function searchedSpaces(
  experiment: Experiment,
  target: Task,
): Promise<Pick<Findings, 'training' | 'distance' | 'search'>> {
  const { settings, tell } = experiment;
  const training = await trainAll(experiment);
  const { distance } = await computeDistances(experiment);
  const aware = await taskAware(experiment, closestTo(experiment, distance, target));
  const spaces = spacesBeside(experiment, aware, settings.seed);
  const wanted = settings.search.methods.map(searchLabelled);
  const search = await inOrder(
    wanted.map((one) => searchAndTrain(experiment, one, target, spaces[one.space])),
    (search) => tell({ kind: 'searched', seed: settings.seed, search }),
  );
  return { training, distance, search };
}
