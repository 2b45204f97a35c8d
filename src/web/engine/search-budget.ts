import { effectOf } from '../../nas/operations/defined';
import type { SearchData, SearchSettings } from '../../nas/settings';
import { standardSpace } from '../../nas/space';
import { holdout, numClasses } from '../../tasks/task';
import { CELL_CHANNELS, type Lab, SEED, taskOf } from './lab';

/** What searches of cells may spend, and on what. Minutes on a software adapter, seconds on a GPU. */

export const FRAME = { nodes: 4, channels: CELL_CHANNELS } as const;
export const CANDIDATES = 3;
/** What the operations do, by their names. */
export const EFFECTS = Object.fromEntries(standardSpace.operations.map((name) => [name, effectOf(name)]));

const BUDGET = { images: 1024, rounds: 3, stages: 3, weightEpochs: 1, alphaEpochs: 40, batchSize: 64 };
const QUICK = { images: 96, rounds: 2, stages: 2, weightEpochs: 1, alphaEpochs: 10, batchSize: 24 };
const FINAL = { images: 6000, epochs: 3, batchSize: 64 };
const QUICK_FINAL = { images: 96, epochs: 1, batchSize: 24 };
const VALIDATION = 0.25;
const TEST_IMAGES = 2000;

export const budgetOf = (quick: boolean) => (quick ? QUICK : BUDGET);

/** The same for every method. */
export function searchSettings(quick: boolean): SearchSettings {
  const { images: _, ...settings } = budgetOf(quick);
  return { ...settings, ...FRAME, space: standardSpace, candidates: CANDIDATES, seed: SEED };
}

/** How a network that was found, or made by hand, is trained from scratch. */
export const finalOf = (quick: boolean) => (quick ? QUICK_FINAL : FINAL);

/** What a search sees of a task. */
export const searchedData = (lab: Lab, task: string, quick: boolean): SearchData =>
  dataOf(lab, task, budgetOf(quick).images);

/** What the last training sees of it, and how many images there would be. */
export function finalData(lab: Lab, task: string, quick: boolean) {
  const data = dataOf(lab, task, finalOf(quick).images);
  const used = data.train.indices.length + data.validation.indices.length;
  return { data, trainImages: { used, all: lab.split(taskOf(task), 'train').indices.length } };
}

export const finalTest = (lab: Lab, task: string) => lab.split(taskOf(task), 'test', TEST_IMAGES);

function dataOf(lab: Lab, task: string, images: number): SearchData {
  const split = lab.split(taskOf(task), 'train', images);
  const { train, validation } = holdout(split, VALIDATION, SEED);
  return { images: lab.cells.train, train, validation, classes: numClasses(taskOf(task)) };
}
