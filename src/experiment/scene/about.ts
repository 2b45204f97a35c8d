import { isSeedNetwork } from '../../models/catalogue';
import type { Surroundings } from '../../nas/backbone';
import type { Genotype } from '../../nas/genotype';
import type { NetworkAbout } from '../../nas/saved-network';
import type { TrainingSettings } from '../settings/presets';
import type { Protocol } from '../settings/protocols';
import type { TaskInputs } from './inputs';
import type { Scene } from './scene';

/** Whether a linear layer from ten outputs to the classes ends a network: see `TenOutputs`. */
export const hasTenOutputs = ({ tenOutputs }: Protocol, network: TrainingSettings['network']): boolean =>
  tenOutputs && !isSeedNetwork(network);

/** What a file says of a task's hand-made network. */
export function aboutNetwork(
  scene: Scene,
  { network, width }: Pick<TrainingSettings, 'network' | 'width'>,
): NetworkAbout {
  const tenOutputs = hasTenOutputs(scene.protocol, network);
  return { ...aboutPictures(scene, scene.train.shape), network, width, tenOutputs };
}

/** What a file says of a cell that is trained from scratch on images of a shape. */
export function aboutCell(
  inputs: TaskInputs,
  inputShape: readonly number[],
  cell: Surroundings & { readonly network: Genotype },
): NetworkAbout {
  return { ...aboutPictures(inputs, inputShape), ...cell, affine: inputs.protocol.affine };
}

/** @param inputShape [channels, height, width] as the network sees them: channels of the source are repeated */
function aboutPictures({ task, view }: TaskInputs, inputShape: readonly number[]) {
  const { mean, std } = view.cell;
  const repeated = (values: readonly number[]) =>
    Array.from({ length: inputShape[0] }, (_, channel) => values[channel % values.length]);
  return { classes: task.classes, inputShape, mean: repeated(mean), std: repeated(std) };
}
