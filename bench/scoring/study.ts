import { DeviceImages } from '../../src/data/device-images';
import { loadDataset } from '../../src/data/load.node';
import { settingsOf } from '../../src/experiment/settings/presets';
import type { Genotype } from '../../src/nas/genotype';
import { randomFor } from '../../src/nas/seeds';
import type { SearchData } from '../../src/nas/settings';
import { drawDistinct, standardSpace } from '../../src/nas/space';
import type { TestData } from '../../src/nas/train-winner';
import { mnistTasks } from '../../src/tasks/catalogue';
import { holdout, numClasses, taskSplit } from '../../src/tasks/task';
import type { Gpu } from '../../src/tensor/gpu';

/** Seeds and, for each, the cells that are drawn. */
export const SEEDS = [100, 101, 102, 103];
export const CELLS = 15;

export const { search, final } = settingsOf('quick', 0);
const task = mnistTasks[3];

/** Ten digits as preset `quick` sees them. */
export class Study {
  private constructor(
    readonly gpu: Gpu,
    private readonly labels: Uint8Array,
    private readonly images: DeviceImages,
    /** What a cell trained from scratch is tested by. */
    readonly test: TestData,
  ) {}

  static async open(gpu: Gpu): Promise<Study> {
    const dataset = await loadDataset('mnist');
    const view = { ...dataset, channels: search.channels };
    const test = {
      images: new DeviceImages(gpu, dataset.test, view),
      split: taskSplit(task, dataset.test.labels, 0),
    };
    return new Study(gpu, dataset.train.labels, new DeviceImages(gpu, dataset.train, view), test);
  }

  /** What a search sees, or, of more images, a final training. */
  data(seed: number, limit: number): SearchData {
    const split = taskSplit(task, this.labels, seed, { limit });
    return { images: this.images, ...holdout(split, search.validation, seed), classes: numClasses(task) };
  }

  cells(seed: number): Genotype[] {
    return drawDistinct(standardSpace, search, CELLS, randomFor(seed, 'genotypes', 0));
  }
}

/** Rounds of three candidates: neighbours first, then every fifth cell. */
export const ROUNDS: readonly (readonly number[])[] = [
  ...[0, 3, 6, 9, 12].map((first) => [first, first + 1, first + 2]),
  ...[0, 1, 2, 3, 4].map((first) => [first, first + 5, first + 10]),
];
