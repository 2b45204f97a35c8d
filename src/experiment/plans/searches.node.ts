import { withEntry } from '../../nas/dictionary';
import { writeDictionary } from '../../nas/dictionary.node';
import type { Genotype } from '../../nas/genotype';
import type { LabelledSearch } from '../../nas/methods/labels';
import type { SearchMethod } from '../../nas/methods/method';
import type { SearchSpace } from '../../nas/space';
import type { Search } from '../../report/results';
import type { Task } from '../../tasks/task';
import type { Artefact } from '../kind';
import { type Found, searchKind } from '../kinds/search.node';
import { type Winner, winnerKind } from '../kinds/winner.node';
import { searchBudgets } from '../scene/search-data';
import { dictionaryKey, type Experiment } from './experiment.node';
import { chooses, type TestUse } from './test-images';

/** By what a cell is searched, and what results call that. */
export type NamedMethod = Pick<LabelledSearch, 'label' | 'method'>;

/** A cell to train from scratch, and what that is called. */
interface FinalJob {
  readonly label: string;
  readonly target: Task;
  readonly genotype: Genotype;
  readonly seed: number;
  /** Set where its linear layer keeps what it has learnt in a search. */
  readonly search?: Artefact<Found>;
}

/** What came of it, and what test images had been read for before its test. */
export interface Final extends Winner {
  readonly testImagesSeen: readonly TestUse[];
}

/** Trains a cell from scratch on the final budget and tests it. */
export async function finalTraining(
  { settings, inputs, job, testImages }: Experiment,
  { label, target, genotype, seed, search }: FinalJob,
): Promise<Final> {
  const { cells, channels, head, validation } = settings.search;
  const sight = { cells, channels, head, validation };
  const testImagesSeen = testImages.seen(target);
  const given = {
    of: inputs(target),
    genotype,
    final: settings.final,
    sight,
    seed,
    ...(search && { search }),
  };
  const { value } = await job(winnerKind, given, label);
  return { ...value, testImagesSeen };
}

/** A search, and the training of what it finds. */
export interface SearchAndTraining {
  /** What a person calls it. */
  readonly label: string;
  readonly method: SearchMethod;
  readonly target: Task;
  readonly space: SearchSpace;
  readonly seed: number;
}

/** Searches a cell for the target, then trains the winner from scratch and tests it. */
export async function searchThenTrain(
  experiment: Experiment,
  { label, method, target, space, seed }: SearchAndTraining,
): Promise<{ readonly found: Found; readonly final: Final }> {
  const { settings, inputs, job, dictionary } = experiment;
  const { name, operations, draws } = space;
  const given = {
    of: inputs(target),
    method: method.name,
    space: { name, operations, ...(draws && { draws }) },
    plan: searchBudgets(settings),
    seed,
  };
  const search = await job(searchKind, given, label);
  const { winner, rounds, validationAccuracy, keepsHead } = search.value;
  if (dictionary !== undefined) {
    const { winner: best, candidateValidationLoss } = rounds[rounds.length - 1];
    const key = dictionaryKey(experiment, target);
    const loss = candidateValidationLoss[best];
    await writeDictionary(dictionary, withEntry({}, key, winner, validationAccuracy, loss));
  }
  const final = await finalTraining(experiment, {
    label: `winner of ${label} (${winner.hash})`,
    target,
    genotype: winner,
    seed,
    ...(keepsHead && { search }),
  });
  return { found: search.value, final };
}

/**
 * The same, as results have it.
 * @param seed default: the settings'
 */
export async function searchAndTrain(
  experiment: Experiment,
  { label, method }: NamedMethod,
  target: Task,
  space: SearchSpace,
  seed: number = experiment.settings.seed,
): Promise<Search> {
  const { found, final } = await searchThenTrain(experiment, { label, method, target, space, seed });
  const { winner, rounds, spent } = found;
  const { testError, parameters, headParameters, steps, testImagesSeen } = final;
  return {
    method: label,
    target: target.id,
    space: [...space.operations],
    rounds,
    winner,
    testError,
    parameters,
    headParameters,
    cost: {
      search: { ...spent, gpuSeconds: found.gpuSeconds },
      training: { steps, networks: 1, gpuSeconds: final.gpuSeconds },
    },
    gpuSeconds: found.gpuSeconds + final.gpuSeconds,
    wallSeconds: found.wallSeconds + final.wallSeconds,
    evaluatedTestOnce: !testImagesSeen.some(chooses),
    testImagesSeen: [...testImagesSeen],
  };
}
