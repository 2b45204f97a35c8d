import { DeviceImages } from '../../data/device-images';
import { fromArrays } from '../../data/from-arrays';
import type { PictureSet } from '../../data/images';
import type { Normalisation } from '../../data/statistics';
import type { Gpu } from '../../tensor/gpu';

/** Labelled pictures as a page hands them over. */
export interface LabelledPictures {
  /** [N, channels, height, width], row-major, 0 to 255. */
  readonly images: Uint8Array;
  /** Of one picture. */
  readonly shape: readonly [channels: number, height: number, width: number];
  /** [N], classes from 0 on. */
  readonly labels: ArrayLike<number>;
  /** Names of the classes; default: '0', '1', … */
  readonly classes?: readonly string[];
}

/** Pictures in memory and on the GPU. */
export interface Brought {
  readonly set: PictureSet & Normalisation;
  readonly images: DeviceImages;
}

/** Brings pictures to the GPU, seen as `seen` says or else by their own mean and standard deviation. @throws DataError, LabelError */
export function bring(
  gpu: Gpu,
  { images, shape, labels, classes }: LabelledPictures,
  seen: Partial<Normalisation> = {},
): Brought {
  const set = fromArrays({ name: 'the pictures', images, shape, labels, classes, ...seen });
  return { set, images: new DeviceImages(gpu, set, { mean: set.mean, std: set.std }) };
}
