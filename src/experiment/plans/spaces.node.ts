import { type Dictionary, entriesOf, merged, withEntry } from '../../nas/dictionary';
import { readDictionary, writeDictionary } from '../../nas/dictionary.node';
import { randomFor } from '../../nas/seeds';
import { drawDistinct, randomSpace, type SearchSpace, type SpaceName, taskAwareSpace } from '../../nas/space';
import type { Task } from '../../tasks/task';
import { evaluateKind } from '../kinds/evaluate.node';
import { searchBudgets, surroundingsOf, wholeSpace } from '../scene/search-data';
import { dictionaryKey, type Experiment, together } from './experiment.node';

/**
 * Seeds what a dictionary is filled with: cells, images, weights. It is not the run's, so that all runs and seeds know the
 * same of a task, and a dictionary that one of them has filled serves the others.
 */
const DICTIONARY_SEED = 0;
/** Streams of a seed's draws, beside those of a search's rounds. */
const DICTIONARY_CELLS = 0xffff;
const RANDOM_SPACE = 0xfffe;

/**
 * What is known of a task's cells. Those that every dictionary has of a task are tried first, unless they are in it already:
 * the same for all tasks, each trained at the cost of one network of a search.
 * @param seed of the dictionary's cells
 */
export async function knownCells(experiment: Experiment, task: Task, seed: number): Promise<Dictionary> {
  const { settings, dictionary: file, inputs, job } = experiment;
  const key = dictionaryKey(experiment, task);
  const whole = wholeSpace(settings.protocol);
  const plan = searchBudgets(settings);
  const frame = { nodes: plan.nodes, channels: plan.channels, ...surroundingsOf(plan) };
  const random = randomFor(seed, 'genotypes', DICTIONARY_CELLS);
  const draws = drawDistinct(whole, frame, settings.search.dictionaryDraws, random);
  const known = file === undefined ? {} : await readDictionary(file);
  const hashes = new Set(entriesOf(known, key).map(({ genotype }) => genotype.hash));
  const tried: Dictionary[] = await together(
    draws.map(async (genotype, number) => {
      if (hashes.has(genotype.hash)) return {};
      const label = `cell ${number + 1} of ${draws.length} for task ${task.id}`;
      const { value } = await job(evaluateKind, { of: inputs(task), plan, seed, draws, number }, label);
      return withEntry({}, key, genotype, value.accuracy, value.loss);
    }),
  );
  const entries = tried.reduce(merged, {});
  return file === undefined ? entries : writeDictionary(file, entries);
}

/**
 * The space of the operations that the closest task's best known cells use.
 * @param seed of the dictionary's cells; default: the one that all runs share
 */
export async function taskAware(
  experiment: Experiment,
  closest: Task,
  seed = DICTIONARY_SEED,
): Promise<SearchSpace> {
  const dictionary = await knownCells(experiment, closest, seed);
  const whole = wholeSpace(experiment.settings.protocol);
  const space = taskAwareSpace(dictionaryKey(experiment, closest), dictionary, whole);
  experiment.tell({ kind: 'space', closest, space });
  return space;
}

/** The spaces that a run searches in, by name. The random one has as many operations as the task-aware one. */
export function spacesBeside(
  { settings }: Pick<Experiment, 'settings'>,
  aware: SearchSpace,
  seed: number,
): Readonly<Record<SpaceName, SearchSpace>> {
  const whole = wholeSpace(settings.protocol);
  const draw = randomFor(seed, 'genotypes', RANDOM_SPACE);
  const random = randomSpace(aware.operations.length, draw, whole.operations);
  return { standard: whole, 'task-aware': aware, 'random-space': random };
}
