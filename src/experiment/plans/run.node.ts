import { searchLabelled } from '../../nas/methods/labels';
import type { Search } from '../../report/results';
import type { Task } from '../../tasks/task';
import type { Job } from '../run.node';
import { closestTo, computeDistances } from './distances.node';
import { type Experiment, inOrder, together } from './experiment.node';
import { trainAll, trainBaselines } from './networks.node';
import type { Findings } from './results.node';
import { searchAndTrain } from './searches.node';
import { spacesBeside, taskAware } from './spaces.node';
import type { Tried } from './table-rows';
import { trainUnsearched } from './unsearched.node';

/**
 * The whole pipeline: networks, distances, searches in the spaces that these give, and what is set beside them.
 * @param repeats seeds of every search and of what is beside it; the task-aware space is the same for all of them
 */
export async function runPlan(experiment: Experiment, repeats = 1): Promise<Findings> {
  const { settings } = experiment;
  const target = experiment.task(settings.search.target);
  const all = Array.from({ length: repeats }, (_, i) => underSeed(experiment, settings.seed + i));
  // What waits for nothing is asked for at once: workers without urgent jobs do it.
  const [{ training, distance, searches }, beside] = await together([
    searchedSpaces(experiment, target, all),
    together(all.map((one) => together([trainUnsearched(one, target), trainBaselines(one, target)]))),
  ]);
  const tried = beside.map(
    ([unsearched, baselines], i): Tried => ({ search: searches[i], unsearched, baselines }),
  );
  return { training, distance, ...tried[0], repeats: tried.slice(1) };
}

/** What networks and distances give, and under each seed the searches in the order of the settings. */
async function searchedSpaces(
  experiment: Experiment,
  target: Task,
  all: readonly Experiment[],
): Promise<Pick<Findings, 'training' | 'distance'> & { readonly searches: readonly Search[][] }> {
  const { settings, tell } = experiment;
  const training = await trainAll(experiment);
  const { distance } = await computeDistances(experiment);
  const aware = await taskAware(experiment, closestTo(experiment, distance, target));
  const wanted = settings.search.methods.map(searchLabelled);
  const found = await inOrder(
    all.flatMap((one) => {
      const { seed } = one.settings;
      const spaces = spacesBeside(one, aware, seed);
      return wanted.map(async (way) => ({
        seed,
        search: await searchAndTrain(one, way, target, spaces[way.space]),
      }));
    }),
    (news) => tell({ kind: 'searched', ...news }),
  );
  const searches = all.map((one) =>
    found.filter(({ seed }) => seed === one.settings.seed).map(({ search }) => search),
  );
  return { training, distance, searches };
}

/** The experiment with another seed, which its jobs are called by. */
function underSeed(experiment: Experiment, seed: number): Experiment {
  const { settings, job } = experiment;
  if (seed === settings.seed) return experiment;
  const named: Job = (kind, inputs, label = kind.name) => job(kind, inputs, `${label}, seed ${seed}`);
  return { ...experiment, settings: { ...settings, seed }, job: named };
}
