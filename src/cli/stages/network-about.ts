import { isSeedNetwork } from '../../models/catalogue';
import type { Surroundings } from '../../nas/backbone';
import type { Genotype } from '../../nas/genotype';
import type { NetworkAbout } from '../../nas/saved-network';
import type { Task } from '../../tasks/task';
import type { TrainingSettings } from '../presets';
import type { Session } from '../session';

type Known = Pick<Session, 'set' | 'settings'>;

/** Whether a linear layer from ten outputs to the classes ends a network: see `TenOutputs`. */
export const hasTenOutputs = (
  { settings }: Pick<Session, 'settings'>,
  { network }: Pick<TrainingSettings, 'network'>,
): boolean => settings.protocol.tenOutputs && !isSeedNetwork(network);

/** What a file says of a task's hand-made network. */
export function aboutNetwork(
  session: Known,
  task: Task,
  training: Pick<TrainingSettings, 'network' | 'width'>,
): NetworkAbout {
  const { network, width } = training;
  const pictures = aboutPictures(session, task, session.set(task).train.shape);
  return { ...pictures, network, width, tenOutputs: hasTenOutputs(session, training) };
}

/** What a file says of a cell that is trained from scratch on images of a shape. */
export function aboutCell(
  session: Known,
  task: Task,
  inputShape: readonly number[],
  cell: Surroundings & { readonly network: Genotype },
): NetworkAbout {
  const { affine } = session.settings.protocol;
  return { ...aboutPictures(session, task, inputShape), ...cell, affine };
}

/** @param inputShape [channels, height, width] as the network sees them: channels of the source are repeated */
function aboutPictures({ set }: Known, task: Task, inputShape: readonly number[]) {
  const { mean, std } = set(task).cellView;
  const repeated = (values: readonly number[]) =>
    Array.from({ length: inputShape[0] }, (_, channel) => values[channel % values.length]);
  return { classes: task.classes, inputShape, mean: repeated(mean), std: repeated(std) };
}
