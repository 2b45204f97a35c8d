import { TaskgradError } from '../../runtime/errors';
import type { DeviceSet } from '../data/device-set';
import { formatShape } from '../tensor/shape';

/**
 * Shape of the images that cells are to see.
 * @throws TaskgradError `SEARCH_OPTION` on samples that are no images, which convolutions cannot take
 */
export function imageShapeOf(
  op: string,
  { name, shape }: Pick<DeviceSet, 'name' | 'shape'>,
): [channels: number, height: number, width: number] {
  const [channels, height, width] = shape;
  if (shape.length === 3) return [channels, height, width];
  const as = formatShape([...[1, 1, 1].slice(shape.length), ...shape].slice(0, 3));
  const advice =
    shape.length < 3 ? `give the samples that shape, ${as} say` : 'fold axes together until there are three';
  throw new TaskgradError(
    'SEARCH_OPTION',
    `${op}: samples of ${name} are ${formatShape(shape)}, and cells take images [channels,height,width]; ${advice}`,
  );
}
