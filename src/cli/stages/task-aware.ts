import { searchBudget, separateSteps, startWork, trainingSteps } from '../../nas/budget';
import { entriesOf, withEntry } from '../../nas/dictionary';
import { writeDictionary } from '../../nas/dictionary.node';
import { evaluateGenotype } from '../../nas/evaluate-genotype';
import { randomFor } from '../../nas/seeds';
import { completeSettings } from '../../nas/settings';
import { drawDistinct, randomSpace, type SearchSpace, type SpaceName, taskAwareSpace } from '../../nas/space';
import type { Task } from '../../tasks/task';
import type { Session } from '../session';
import { knownCells } from './known-cells';
import { keyOf, searchData, searchSettings, wholeSpace } from './search-setup';

/**
 * Seeds what a dictionary is filled with: cells, images, weights. It is not the run's, so that all runs and seeds know the
 * same of a task, and a dictionary that one of them has filled serves the others.
 */
const DICTIONARY_SEED = 0;
/** Streams of a seed's draws, beside those of a search's rounds. */
const DICTIONARY_CELLS = 0xffff;
const RANDOM_SPACE = 0xfffe;

/**
 * The space of the operations that the closest task's best known cells use. The cells that every dictionary has of a task are
 * tried first, unless they are in it already: the same for all tasks, each trained at the cost of one network of a
 * search.
 * @param seed of the dictionary's cells; default: the one that all runs share
 */
export async function taskAware(
  session: Session,
  closest: Task,
  seed = DICTIONARY_SEED,
): Promise<SearchSpace> {
  const { gpu, settings, signal, dictionary: file } = session;
  const key = keyOf(session, closest);
  const whole = wholeSpace(session);
  let dictionary = await knownCells(session);
  const data = searchData(session, closest, settings.search.images, seed);
  const search = completeSettings(searchSettings(session, closest, whole, seed), data);
  const draws = drawDistinct(
    whole,
    search,
    settings.search.dictionaryDraws,
    randomFor(seed, 'genotypes', DICTIONARY_CELLS),
  );
  const { work, networks } = searchBudget(search, data);
  const share = (work / networks) * draws.length - startWork(draws.length);
  const steps = trainingSteps(search, data, separateSteps(search, draws), share);
  const known = new Set(entriesOf(dictionary, key).map(({ genotype }) => genotype.hash));
  const progress = session.progress(`cells for task ${closest.id}`, draws.length * steps, 'steps');
  try {
    // Weights follow from the number, which must not depend on how many were tried before an interruption.
    for (const [number, genotype] of draws.entries()) {
      if (known.has(genotype.hash)) continue;
      const { batchSize, alphaBatchSize, alphaOrder, augment, backbone, head, weightLr } = search;
      const { accuracy, loss } = await evaluateGenotype(gpu, data, genotype, {
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
        onStep: (done) => progress.update(number * steps + done),
      });
      dictionary = withEntry(dictionary, key, genotype, accuracy, loss);
      await writeDictionary(file, dictionary);
    }
  } finally {
    progress.stop();
  }
  const space = taskAwareSpace(key, dictionary, whole);
  session.say(`task-aware space: ${space.operations.join(', ')}\n  (${space.reason})`, {
    event: 'space',
    ...space,
  });
  return space;
}

/** The spaces that a run searches in, by name. The random one has as many operations as the task-aware one. */
export function spacesBeside(
  session: Pick<Session, 'settings'>,
  aware: SearchSpace,
  seed: number,
): Readonly<Record<SpaceName, SearchSpace>> {
  const whole = wholeSpace(session);
  const draw = randomFor(seed, 'genotypes', RANDOM_SPACE);
  const random = randomSpace(aware.operations.length, draw, whole.operations);
  return { standard: whole, 'task-aware': aware, 'random-space': random };
}
