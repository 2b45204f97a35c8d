import type { Batch } from '../../../data/batch';
import { batches } from '../../../data/batches';
import { DeviceImages } from '../../../data/device-images';
import { fromArrays } from '../../../data/from-arrays';
import type { PictureSet } from '../../../data/images';
import { split } from '../../../data/split';
import type { Normalisation } from '../../../data/statistics';
import { makeNetwork } from '../../../models/catalogue';
import type { Classifier } from '../../../models/classifier';
import type { NetworkAbout } from '../../../nas/saved-network';
import { numClasses, type Split, type Task } from '../../../tasks/task';
import { SIDE } from '../../digit';
import { OWN_TASK, type OwnPictures } from '../../own/protocol';
import type { NetworkChoice } from '../../protocol';
import { type Lab, SEED, WIDTHS } from '../lab';

/** Of every class, so much is kept to test on. */
const TEST_SHARE = 0.25;
export const CELL_CHANNELS = 3;

/** The pictures as a data set cut in two, and the task of telling their classes apart. */
export interface OwnSet {
  readonly set: PictureSet & Normalisation;
  readonly train: Split;
  readonly test: Split;
  readonly task: Task;
}

/** @throws DataError where they are no pictures, or too few to cut */
export function ownSet({ classes, channels, images, labels }: OwnPictures): OwnSet {
  const shape = [channels, SIDE, SIDE] as const;
  const set = fromArrays({ name: 'your pictures', images, shape, labels, classes });
  const [train, test] = split(set, [1 - TEST_SHARE, TEST_SHARE], { seed: SEED });
  const positives = classes.map((_, label) => label);
  return {
    set,
    train,
    test,
    task: { id: OWN_TASK, name: 'your pictures', dataset: 'own', kind: 'all', classes, positives },
  };
}

/** Where pictures are on a GPU: as they are, and with the channels of cells. */
export class OwnImages {
  readonly images: DeviceImages;
  readonly cells: DeviceImages;

  constructor(
    readonly lab: Lab,
    readonly of: OwnSet,
  ) {
    const { mean, std } = of.set;
    this.images = new DeviceImages(lab.gpu, of.set, { mean, std });
    this.cells = new DeviceImages(lab.gpu, this.images, { mean, std, channels: CELL_CHANNELS });
  }

  /** Some of them in order, a batch at a time. */
  batches(part: Split, batchSize: number): AsyncGenerator<Batch> {
    return batches(this.images, part, { batchSize });
  }

  dispose(): void {
    this.images.dispose();
    this.cells.dispose();
  }
}

/** What a file says of a network that was made by `freshNetwork` and trained on own pictures. */
export function aboutOwn(
  kind: NetworkChoice,
  { set: { classes, shape, mean, std } }: OwnSet,
  quick: boolean,
): NetworkAbout {
  return { network: kind, width: widthOf(kind, quick), classes, inputShape: shape, mean, std };
}

const widthOf = (kind: NetworkChoice, quick: boolean) => WIDTHS[kind] * (quick ? 0.5 : 1);

/** A fresh network of the page for pictures of 28 × 28: the same weights at each call. */
export function freshNetwork(
  { gpu }: Lab,
  kind: NetworkChoice,
  task: Task,
  { channels, quick }: { readonly channels: 1 | 3; readonly quick: boolean },
): Classifier {
  gpu.manualSeed(SEED);
  const about = { classes: numClasses(task), channels, size: SIDE, width: widthOf(kind, quick) };
  return makeNetwork(gpu, kind, about);
}
