import { isCifar, mayMirror } from '../../tasks/catalogue';
import type { Task } from '../../tasks/task';
import type { Augmentation } from '../../training/augment';
import type { Protocol } from '../settings/protocols';
import type { TaskInputs } from './inputs';

/** How the images of a task are changed: those that the protocol leaves alone not, others mirrored where they may be. */
export function augmentationOf(
  { augmentedSets }: Protocol,
  task: Pick<Task, 'dataset'>,
  augment: Augmentation | undefined,
): Augmentation | undefined {
  if (!augment || (augmentedSets === 'cifar' && !isCifar(task))) return undefined;
  return mayMirror(task) ? augment : { ...augment, flip: false };
}

/** The same with what a crop brings in: the mean pixel, or black. */
export function augmentationIn(
  { task, view, protocol }: Pick<TaskInputs, 'task' | 'view' | 'protocol'>,
  augment: Augmentation | undefined,
): Augmentation | undefined {
  const change = augmentationOf(protocol, task, augment);
  if (!change || protocol.cropFill === 'mean') return change;
  const { mean, std } = view.cell;
  return { ...change, fill: mean.map((value, channel) => 0 - value / std[channel]) };
}
