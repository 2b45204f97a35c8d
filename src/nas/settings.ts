import { TaskgradError } from '../../runtime/errors';
import type { DeviceImages } from '../data/device-set';
import type { Split } from '../tasks/task';
import type { Gpu } from '../tensor/gpu';
import type { Backbone } from './backbone';
import { CellNetwork } from './cell';
import type { Genotype } from './genotype';
import { seedFor } from './seeds';
import type { CellForm, SearchSpace } from './space';

/** What a search may see. Test images have no place here. */
export interface SearchData {
  /** With as many channels as the cells; with a backbone, any number. */
  readonly images: DeviceImages;
  /** What weights learn from. */
  readonly train: Split;
  /** What candidates are judged by. */
  readonly validation: Split;
  readonly classes: number;
}

/** How a search goes; random search takes the same, so that its budget is the same. */
export interface SearchSettings extends CellForm {
  readonly space: SearchSpace;
  /** K, candidates of a round; default 3. */
  readonly candidates?: number;
  /** R. */
  readonly rounds: number;
  /** S, alternations of weights and α in a round. */
  readonly stages: number;
  /** E_w, epochs of the weights in a stage. */
  readonly weightEpochs: number;
  /** E_α, epochs of α in a stage. */
  readonly alphaEpochs: number;
  readonly batchSize: number;
  readonly seed: number;
  /** Adam's learning rate of the weights; default 1e-3. */
  readonly weightLr?: number;
  /** Adam's learning rate of α; default 1e-2. */
  readonly alphaLr?: number;
}

/** How far a search has come, in training steps. */
export interface SearchProgress {
  readonly done: number;
  readonly total: number;
  /** What is under way, as in 'round 2 of 3: weights'. */
  readonly phase: string;
}

/** What a caller may watch and ask of a search. */
export interface SearchWatch {
  /** Stops after the current step: the state is saved, InterruptedError thrown. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SearchProgress) => void;
  /** Given plain objects, as for lines of a JSON log. */
  readonly log?: (event: Readonly<Record<string, unknown>>) => void;
}

const COUNTS = ['candidates', 'rounds', 'stages', 'weightEpochs', 'alphaEpochs', 'batchSize'] as const;

export type FullSettings = Required<Omit<SearchSettings, 'backbone'>> & Pick<SearchSettings, 'backbone'>;

/** Settings with their defaults. @throws TaskgradError `SEARCH_OPTION` on a count that is not at least 1, or no images */
export function completeSettings(settings: SearchSettings, data: SearchData): FullSettings {
  const { candidates = 3, weightLr = 1e-3, alphaLr = 1e-2 } = settings;
  const full = { ...settings, candidates, weightLr, alphaLr };
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
  return full;
}

/** The settings as plain data, with what tells one data set from another; a resumed search compares them. */
export function settingsRecord(settings: FullSettings, data: SearchData): Record<string, unknown> {
  const { space, nodes, channels, candidates, rounds, stages, weightEpochs, alphaEpochs } = settings;
  const { batchSize, seed, weightLr, alphaLr, backbone } = settings;
  return {
    operations: space.operations,
    ...{ nodes, channels, candidates, rounds, stages, weightEpochs, alphaEpochs },
    ...{ batchSize, seed, weightLr, alphaLr },
    ...(backbone && { backbone }),
    classes: data.classes,
    image: data.images.shape,
    train: data.train.indices.length,
    validation: data.validation.indices.length,
  };
}

/** Genotypes that FUSE sees, and the weight steps it makes, counted for each network. */
export function fuseBudget(settings: FullSettings, data: SearchData): { genotypes: number; steps: number } {
  const { candidates, rounds, stages, weightEpochs, batchSize } = settings;
  const stepsPerEpoch = Math.ceil(data.train.indices.length / batchSize);
  return {
    genotypes: candidates + (rounds - 1) * (candidates - 1),
    steps: candidates * rounds * stages * weightEpochs * stepsPerEpoch,
  };
}

/**
 * Steps that DARTS makes on FUSE's budget. On every edge the supernet computes all operations where a drawn cell computes
 * one of them, so that a step of it stands for as many steps of a cell. `none`, which costs nothing, is left out on both
 * sides; steps of α are not counted, as they are not in FUSE.
 */
export function dartsSteps(settings: FullSettings, data: SearchData): number {
  const computed = settings.space.operations.filter((name) => name !== 'none').length;
  return Math.max(1, Math.floor(fuseBudget(settings, data).steps / Math.max(1, computed)));
}

/** How a search's networks are built, but for their weights. */
export interface NetworkForm {
  readonly affine?: boolean;
  readonly backbone?: Backbone;
}

/** A network with fresh weights that follow from the seed and its number, whatever ran before. */
export function freshNetwork(
  gpu: Gpu,
  genotype: Genotype,
  { images, classes }: Pick<SearchData, 'images' | 'classes'>,
  { seed, number, ...form }: NetworkForm & { seed: number; number: number },
): CellNetwork {
  const [inputs, height, width] = images.shape;
  gpu.manualSeed(seedFor(seed, 'weights', number));
  return new CellNetwork(gpu, genotype, { classes, size: [height, width], inputs, ...form });
}
