import { DeviceImages } from '../../data/device-images';
import type { Surroundings } from '../../nas/backbone';
import type { SearchRules } from '../../nas/search-rules';
import type { SearchData, SearchSettings } from '../../nas/settings';
import { programSpace, type SearchSpace, standardSpace } from '../../nas/space';
import { holdout, numClasses, sourceKey, type Task } from '../../tasks/task';
import { AUGMENT, type Settings } from '../presets';
import type { Session } from '../session';
import { trainingSplit } from './fisher-images';
import { augmentationIn } from './networks';

/** Images as a search's networks see them: a lone cell with its number of channels, what has a stem with their own. */
export function cellImages(
  { gpu, set, settings }: Session,
  task: Task,
  which: 'train' | 'test',
): DeviceImages {
  const { cellView, [which]: images } = set(task);
  const { cells, channels, head } = settings.search;
  const hasStem = cells !== undefined || head === 'mean';
  return new DeviceImages(gpu, images, { ...cellView, channels: hasStem ? images.shape[0] : channels });
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

/** What a task is called in the dictionary. A protocol of another kind sees other tasks, and tries cells in another way. */
export function keyOf({ settings }: Pick<Session, 'settings'>, { dataset, id }: Task): string {
  const { name } = settings.protocol;
  return `${name === 'corrected' ? '' : `${name}/`}${sourceKey(dataset)}/${id}`;
}

/** All operations, as the protocol draws them. */
export const wholeSpace = ({ settings }: Pick<Session, 'settings'>): SearchSpace =>
  settings.protocol.operations === 'replaced' ? programSpace : standardSpace;

export function searchSettings(
  session: Session,
  task: Task,
  space: SearchSpace,
  seed: number,
): SearchSettings {
  const { settings } = session;
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
    ...rulesOf(session, task),
    seed,
    ...surroundingsOf(settings),
  };
}

function rulesOf(session: Session, task: Task): SearchRules {
  const { protocol } = session.settings;
  const { alphaBatchSize, alphaOrder, optimizers, winnerWeights, winnerHead, distinct, sharedSeeds } =
    protocol;
  const augment = protocol.augmentedSearch ? augmentationIn(session, task, AUGMENT) : undefined;
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
