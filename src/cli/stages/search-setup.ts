import { DeviceImages } from '../../data/device-set';
import type { Surroundings } from '../../nas/backbone';
import type { SearchData, SearchSettings } from '../../nas/settings';
import type { SearchSpace } from '../../nas/space';
import { holdout, numClasses, sourceKey, type Task } from '../../tasks/task';
import type { Settings } from '../presets';
import type { Session } from '../session';
import { trainingSplit } from './fisher-images';

/** Images as a search's networks see them: a lone cell with its number of channels, what has a stem with their own. */
export function cellImages(
  { gpu, set, settings }: Session,
  task: Task,
  which: 'train' | 'test',
): DeviceImages {
  const { dataset, [which]: images } = set(task);
  const { cells, channels, head } = settings.search;
  const hasStem = cells !== undefined || head === 'mean';
  return new DeviceImages(gpu, images, { ...dataset, channels: hasStem ? images.shape[0] : channels });
}

/** What a search on a task may see: some of its training images, a share of them for validation. */
export function searchData(session: Session, task: Task, images: number, seed: number): SearchData {
  const { settings } = session;
  const split = trainingSplit(session, task, seed, images);
  const { train, validation } = holdout(split, settings.search.validation, seed);
  return { images: cellImages(session, task, 'train'), train, validation, classes: numClasses(task) };
}

export const surroundingsOf = ({ search: { cells, head } }: Settings): Surroundings => ({
  backbone: cells ? { cells } : undefined,
  head,
});

/** What a task is called in the dictionary. */
export const keyOf = ({ dataset, id }: Task): string => `${sourceKey(dataset)}/${id}`;

export function searchSettings({ settings }: Session, space: SearchSpace, seed: number): SearchSettings {
  const {
    nodes,
    channels,
    candidates,
    rounds,
    stages,
    weightEpochs,
    alphaEpochs,
    alphaLr,
    budget,
    batchSize,
  } = settings.search;
  return {
    space,
    nodes,
    channels,
    candidates,
    rounds,
    stages,
    weightEpochs,
    alphaEpochs,
    alphaLr,
    budget,
    batchSize,
    alphaBatchSize: settings.protocol.alphaBatchSize,
    optimizers: settings.protocol.optimizers,
    winnerWeights: settings.protocol.winnerWeights,
    seed,
    ...surroundingsOf(settings),
  };
}
