import { ShapeError } from '../tensor/shape';

/** @throws ShapeError unless the channels on both sides of a convolution divide into its groups */
export function checkGroups(layer: string, inChannels: number, outChannels: number, groups: number): void {
  if (inChannels % groups === 0 && outChannels % groups === 0) return;
  throw new ShapeError(
    `${layer}: ${inChannels} input and ${outChannels} output channels do not divide into ${groups} groups`,
  );
}
