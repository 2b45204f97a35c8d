import { averageStepCost, stepCost, supernetStepCost, WORK } from './cost';
import type { Genotype } from './genotype';
import type { FullSettings, SearchData } from './settings';

/** What a search may spend. It follows from the settings and is the same for every method and every space. */
export interface Budget {
  /** Networks that are trained from fresh weights. FUSE trains the survivor of a round anew, and it counts again. */
  readonly networks: number;
  /** In units of work (see cost.ts). */
  readonly work: number;
}

/**
 * What FUSE would spend with these settings if all its candidates had average operations of the standard space: on
 * starting networks, the epochs of weights, the scoring, the epochs of α.
 */
export function searchBudget(settings: FullSettings, data: SearchData): Budget {
  const { nodes, backbone, candidates, rounds, stages } = settings;
  const step = averageStepCost(candidates, nodes, backbone);
  const { weights } = stageSteps(settings, data);
  const stage = trainingWork(settings, data, step, weights) + alphaWork(settings, data);
  const networks = candidates * rounds;
  return { networks, work: startWork(networks) + rounds * stages * stage };
}

/** Steps of a stage as the settings' epochs have them: of weights, of α, and batches that are scored in between. */
export function stageSteps(settings: FullSettings, data: SearchData) {
  const { weightEpochs, alphaEpochs, batchSize, alphaBatchSize } = settings;
  const scoring = Math.ceil(data.validation.indices.length / alphaBatchSize);
  const weights = weightEpochs * Math.ceil(data.train.indices.length / batchSize);
  return { weights, scoring, alpha: alphaEpochs * scoring };
}

/** Work of beginning so many networks. */
export const startWork = (networks: number): number => WORK.start * networks;

/** Work of a stage's steps of α. */
export const alphaWork = (settings: FullSettings, data: SearchData): number =>
  WORK.alpha * stageSteps(settings, data).alpha;

/** The validation images in batches of a training step's size, in which scoring is paid whatever it does at once. */
const scoredBatches = ({ batchSize }: FullSettings, { validation }: SearchData): number =>
  Math.ceil(validation.indices.length / batchSize);

/** Work of so many training steps that cost `step` each, and of scoring what was trained. */
export const trainingWork = (settings: FullSettings, data: SearchData, step: number, steps: number): number =>
  step * (steps + WORK.scoring * scoredBatches(settings, data));

/** The other way round: training steps, at least one, that can be made for so much work, if it is to be scored. */
export const trainingSteps = (settings: FullSettings, data: SearchData, step: number, work: number): number =>
  Math.max(1, Math.round(work / step - WORK.scoring * scoredBatches(settings, data)));

/** Work of a training step of each of these genotypes, trained one after another. */
export const separateSteps = ({ backbone }: FullSettings, genotypes: readonly Genotype[]): number =>
  genotypes.reduce((total, genotype) => total + stepCost([genotype], backbone), 0);

/** Steps that DARTS makes on the budget, of α and of the weights each. What it finds is scored by half a step's passes. */
export function dartsSteps(settings: FullSettings, data: SearchData): number {
  const { space, nodes, backbone } = settings;
  const step = supernetStepCost(space.operations, nodes, backbone);
  const scoring = (WORK.scoring * scoredBatches(settings, data)) / 2;
  return Math.max(1, Math.round((searchBudget(settings, data).work - startWork(1)) / step - scoring));
}
