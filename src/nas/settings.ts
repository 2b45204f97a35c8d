import { TaskgradError } from '../../runtime/errors';
import type { DeviceSet } from '../data/device-set';
import type { Split } from '../tasks/task';
import { checkTargets } from '../training/labels';
import type { Surroundings } from './backbone';
import { imageShapeOf } from './image-shape';
import { operationOf } from './operations/defined';
import type { ScoreName } from './scores/table';
import { DEFAULT_RULES, type SearchRules } from './search-rules';
import type { CellFrame, SearchSpace } from './space';

/** What a search may see. Test images have no place here. */
export interface SearchData {
  /** [C, H, W] each, pictures or own samples. With as many channels as the cells; with a backbone, any number. */
  readonly images: DeviceSet;
  /** What weights learn from. */
  readonly train: Split;
  /** What candidates are judged by. */
  readonly validation: Split;
  /** Number of labels. */
  readonly classes: number;
}

/** @throws StrayLabelError on a label that is neither one of the data's classes nor −100 */
export function checkSearchLabels(op: string, { train, validation, classes }: SearchData): void {
  const remedy = 'tell the search of more classes';
  checkTargets({ what: `${op}, training images`, labels: train.labels, remedy }, classes);
  checkTargets({ what: `${op}, validation images`, labels: validation.labels, remedy }, classes);
}

export const BUDGETS = ['work', 'epochs'] as const;

/** How a search goes. Every method takes the same settings, so that the budget is the same. */
export interface SearchSettings extends CellFrame, SearchRules {
  /** Where cells are drawn from. */
  readonly space: SearchSpace;
  /** K, candidates of a round; default 3. */
  readonly candidates?: number;
  /** R. */
  readonly rounds: number;
  /** S, alternations of weights and α in a round. */
  readonly stages: number;
  /** E_w, epochs of the weights in a stage: exact, or of average candidates (see `budget`). */
  readonly weightEpochs: number;
  /** E_α, epochs of α in a stage. */
  readonly alphaEpochs: number;
  /** Images of a training step. */
  readonly batchSize: number;
  /** The whole search follows from it: a whole number from 0 to 2³² − 1. */
  readonly seed: number;
  /** Adam's learning rate of the weights; default 1e-3. */
  readonly weightLr?: number;
  /**
   * Adam's learning rate of α; default 1e-2. The original's is 1e-3, by which α moves at most 0.001 a step. It has
   * thousands of steps there, on new weights each; here a few hundred on kept logits have to suffice.
   */
  readonly alphaLr?: number;
  /**
   * How FUSE counts its steps. 'work', the default: each round is paid an equal part of what `searchBudget` gives
   * every method, and trains its candidates as long as that lasts; so all methods cost the same, and a round of cheap
   * cells trains longer. 'epochs': `weightEpochs` each stage, as in the paper; what that costs depends on the
   * candidates. The other methods are paid the budget either way.
   */
  readonly budget?: (typeof BUDGETS)[number];
  /** Which score ranks the cells that 'fuse-warm' begins with; default 'jacobian-covariance'. */
  readonly score?: ScoreName;
}

/** How far a search has come, in training steps. */
export interface SearchProgress {
  /** Training steps made. */
  readonly done: number;
  /** Training steps of the whole search, as known so far. */
  readonly total: number;
  /** What is under way, as in 'round 2 of 3: weights'. */
  readonly activity: string;
}

/** What a caller may watch and ask of a search. */
export interface SearchWatch {
  /** Stops after the current step: the state is saved, InterruptedError thrown. */
  readonly signal?: AbortSignal;
  /** Told how far the search has come, after each step. */
  readonly onProgress?: (progress: SearchProgress) => void;
  /** Given plain objects, as for lines of a JSON log. */
  readonly log?: (event: Readonly<Record<string, unknown>>) => void;
}

const COUNTS = [
  'candidates',
  'rounds',
  'stages',
  'weightEpochs',
  'alphaEpochs',
  'batchSize',
  'alphaBatchSize',
] as const;

type MayLack = keyof Surroundings | 'augment' | 'score';
export type FullSettings = Required<Omit<SearchSettings, MayLack>> & Pick<SearchSettings, MayLack>;

/**
 * Settings with their defaults.
 * @throws TaskgradError `SEARCH_OPTION` on a count that is not at least 1, no images, or samples that are none; OperationError on an operation
 *   that nobody has defined; StrayLabelError
 */
export function completeSettings(settings: SearchSettings, data: SearchData): FullSettings {
  const { candidates = 3, weightLr = 1e-3, alphaLr = 1e-2, budget = 'work' } = settings;
  const { alphaBatchSize = settings.batchSize } = settings;
  const learning = { weightLr, alphaLr, alphaBatchSize };
  const full: FullSettings = { ...DEFAULT_RULES, ...settings, ...learning, candidates, budget };
  for (const name of COUNTS) {
    if (!Number.isInteger(full[name]) || full[name] < 1) {
      throw new TaskgradError(
        'SEARCH_OPTION',
        `search: ${name} is ${full[name]}, expected an integer from 1`,
      );
    }
  }
  for (const split of ['train', 'validation'] as const) {
    if (data[split].indices.length === 0)
      throw new TaskgradError('SEARCH_OPTION', `search: the ${split} split has no images`);
  }
  imageShapeOf('search', data.images);
  checkSearchLabels('search', data);
  for (const name of full.space.operations) operationOf(name);
  return full;
}

/**
 * The settings as plain data, with what tells one data set from another. A resumed search compares them with its own.
 */
export function settingsRecord(settings: FullSettings, data: SearchData): Record<string, unknown> {
  const { space, nodes, channels, candidates, rounds, stages, weightEpochs, alphaEpochs } = settings;
  const { batchSize, seed, weightLr, alphaLr, budget, backbone, head } = settings;
  const { alphaBatchSize, alphaOrder, optimizers, winnerWeights, winnerHead } = settings;
  const { distinct, sharedSeeds, augment, score, survivor, weightLoss } = settings;
  return {
    operations: space.operations,
    ...(space.draws && { draws: space.draws }),
    nodes,
    channels,
    candidates,
    rounds,
    stages,
    weightEpochs,
    alphaEpochs,
    batchSize,
    seed,
    weightLr,
    alphaLr,
    budget,
    alphaBatchSize,
    alphaOrder,
    optimizers,
    winnerWeights,
    winnerHead,
    distinct,
    sharedSeeds,
    // Searches of earlier versions were saved without them.
    ...(survivor !== DEFAULT_RULES.survivor && { survivor }),
    ...(weightLoss !== DEFAULT_RULES.weightLoss && { weightLoss }),
    ...(augment && { augment }),
    ...(score && { score }),
    ...(backbone && { backbone }),
    ...(head && { head }),
    classes: data.classes,
    image: data.images.shape,
    train: data.train.indices.length,
    validation: data.validation.indices.length,
  };
}
