import type { Surroundings } from '../../nas/backbone';
import type { SearchRules } from '../../nas/search-rules';
import {
  completeSettings,
  type FullSettings,
  type SearchData,
  type SearchSettings,
} from '../../nas/settings';
import { programSpace, type SearchSpace, standardSpace } from '../../nas/space';
import { holdout, numClasses, type Split } from '../../tasks/task';
import { AUGMENT, type Settings } from '../settings/presets';
import type { Protocol } from '../settings/protocols';
import type { TableBudget } from '../settings/table-budget';
import { augmentationIn } from './augmentation';
import type { TaskInputs } from './inputs';
import { type CellSight, cellImages, type Scene } from './scene';
import { trainingSplit } from './splits';

/** What jobs are told of how a search goes: a preset's settings, but for what they are run for. */
export type SearchBudgets = Omit<Settings['search'], 'methods' | 'target' | 'dictionaryDraws'>;

export function searchBudgets({ search }: Pick<Settings, 'search'>): SearchBudgets {
  const { methods: _, target: __, dictionaryDraws: ___, ...plan } = search;
  return plan;
}

/** Some of a task's training images, a share of them for validation. */
export function searchSplits(
  inputs: TaskInputs,
  validation: number,
  images: number,
  seed: number,
): { train: Split; validation: Split } {
  return holdout(trainingSplit(inputs, seed, images), validation, seed);
}

/** What the cells of a table learn from, and what they are validated on: the same images for all of them. */
export const tableSplits = (
  inputs: TaskInputs,
  { images, validationImages }: Pick<TableBudget, 'images' | 'validationImages'>,
): { train: Split; validation: Split } =>
  searchSplits(
    inputs,
    validationImages / (images + validationImages),
    images + validationImages,
    inputs.testSeed,
  );

/** What a search on a task may see. */
export function searchData(
  scene: Scene,
  sight: CellSight & Pick<SearchBudgets, 'validation'>,
  images: number,
  seed: number,
): SearchData {
  return {
    images: cellImages(scene, sight, 'train'),
    classes: numClasses(scene.task),
    ...searchSplits(scene, sight.validation, images, seed),
  };
}

export const surroundingsOf = ({ cells, head }: Pick<SearchBudgets, 'cells' | 'head'>): Surroundings => ({
  backbone: cells ? { cells } : undefined,
  head,
});

/** All operations, as the protocol draws them. */
export const wholeSpace = ({ operations }: Pick<Protocol, 'operations'>): SearchSpace =>
  operations === 'replaced' ? programSpace : standardSpace;

export function searchSettings(
  inputs: Pick<TaskInputs, 'task' | 'view' | 'protocol'>,
  plan: SearchBudgets,
  space: SearchSpace,
  seed: number,
): SearchSettings {
  const { cells: _, head: __, images: ___, validation: ____, ...counts } = plan;
  return { space, ...counts, ...rulesOf(inputs), seed, ...surroundingsOf(plan) };
}

/** A search over all operations: what random search draws of, and what single cells are tried by. */
export function wholeSearch(
  scene: Scene,
  budgets: SearchBudgets,
  seed: number,
): { data: SearchData; settings: FullSettings } {
  const data = searchData(scene, budgets, budgets.images, seed);
  const space = wholeSpace(scene.protocol);
  return { data, settings: completeSettings(searchSettings(scene, budgets, space, seed), data) };
}

function rulesOf(inputs: Pick<TaskInputs, 'task' | 'view' | 'protocol'>): SearchRules {
  const { protocol } = inputs;
  const { alphaBatchSize, alphaOrder, optimizers, winnerWeights, winnerHead, distinct, sharedSeeds } =
    protocol;
  const augment = protocol.augmentedSearch ? augmentationIn(inputs, AUGMENT) : undefined;
  return {
    alphaBatchSize,
    alphaOrder,
    optimizers,
    winnerWeights,
    winnerHead,
    distinct,
    sharedSeeds,
    ...(augment && { augment }),
  };
}
