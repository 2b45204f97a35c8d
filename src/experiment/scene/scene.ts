import { DeviceImages, type ViewOptions } from '../../data/device-images';
import type { ImageSet } from '../../data/images';
import { shrunk } from '../../data/shrink';
import type { Gpu } from '../../tensor/gpu';
import type { SetView, TaskInputs } from './inputs';

/** The images of a task's data set on a GPU, as hand-made networks see them. */
export interface Scene extends TaskInputs {
  readonly gpu: Gpu;
  readonly train: DeviceImages;
  readonly test: DeviceImages;
}

type Opened = Pick<Scene, 'train' | 'test'>;

/** All jobs that are done on a GPU share the images there. */
const opened = new WeakMap<Gpu, Map<string, Opened>>();

/** Copies a task's data set to the GPU, once, smaller by a factor (see `shrunk`). */
export function openScene(gpu: Gpu, inputs: TaskInputs, shrink = 1): Scene {
  const known = opened.get(gpu) ?? new Map<string, Opened>();
  opened.set(gpu, known);
  const { set, view } = inputs;
  const key = `${set.sha256} ${JSON.stringify(view.network)} ${shrink}`;
  const here = known.get(key) ?? open(gpu, inputs, shrink);
  known.set(key, here);
  return { ...inputs, gpu, ...here };
}

function open(gpu: Gpu, { set, view }: TaskInputs, shrink: number): Opened {
  const part = (images: ImageSet, word: string) =>
    new DeviceImages(gpu, { ...shrunk(images, shrink), name: `${set.name} ${word}` }, view.network);
  return { train: part(set.content.train, 'train'), test: part(set.content.test, 'test') };
}

/** How cells see a data set: a lone cell with its number of channels, what has a stem with the images' own. */
export function cellView(
  { cell }: SetView,
  shape: readonly number[],
  { cells, channels, head }: CellSight,
): ViewOptions {
  const hasStem = cells !== undefined || head === 'mean';
  return { ...cell, channels: hasStem ? shape[0] : channels };
}

/** What decides how a cell's network sees images. */
export interface CellSight {
  /** Cells of a stack; left out: one cell on the images themselves. */
  readonly cells?: number;
  readonly channels: number;
  readonly head?: 'flat' | 'mean';
}

/** The images of a task as a cell's network sees them. */
export const cellImages = (scene: Scene, sight: CellSight, which: 'train' | 'test'): DeviceImages =>
  new DeviceImages(scene.gpu, scene[which], cellView(scene.view, scene[which].shape, sight));
