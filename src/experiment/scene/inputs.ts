import type { ViewOptions } from '../../data/device-images';
import type { Dataset } from '../../data/images';
import type { FisherImages } from '../../report/distance-kind';
import type { Task } from '../../tasks/task';
import type { DataSet } from '../data-set';
import type { Protocol } from '../settings/protocols';

/** What jobs need of a data set. */
export type SetContent = Pick<Dataset, 'train' | 'test'>;

/** How a data set's images are seen: by hand-made networks, and by cells but for the number of channels. */
export interface SetView {
  readonly network: ViewOptions;
  readonly cell: Pick<ViewOptions, 'mean' | 'std' | 'pad'>;
}

/** A task as jobs are given it: cut from which images, seen how, by which rules. */
export interface TaskInputs {
  readonly task: Task;
  readonly set: DataSet<SetContent>;
  readonly view: SetView;
  readonly protocol: Protocol;
  /** What the Fisher information is taken on. Training images that are kept for it are in no other split. */
  readonly fisherImages: FisherImages;
  /** Of test images and of those for the Fisher information, which are the same for all networks of a run. */
  readonly testSeed: number;
}
