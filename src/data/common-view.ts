import type { ViewOptions } from './device-images';
import { DataError } from './errors';
import type { ImageSet } from './images';

/** What makes images of one set look like those of others. */
export type CommonView = Required<Pick<ViewOptions, 'pad' | 'channels'>>;

/**
 * How images of several sets are seen alike: in the largest size, the smaller ones in its middle on black, and with the
 * most channels, grey repeated. MNIST beside CIFAR becomes 32 x 32 in three channels; sets of one shape stay as they are.
 * @returns a view for each set, in their order
 * @throws DataError `DATA_SHAPE` where a smaller image has no middle to stand in, or is not of the same proportions
 */
export function commonViews(sets: readonly Pick<ImageSet, 'name' | 'shape'>[]): CommonView[] {
  const most = (axis: 0 | 1 | 2) => Math.max(...sets.map(({ shape }) => shape[axis]));
  const [channels, height, width] = [most(0), most(1), most(2)];
  return sets.map(({ name, shape }) => {
    const [rows, columns] = [height - shape[1], width - shape[2]];
    if (rows === columns && rows % 2 === 0) return { pad: rows / 2, channels };
    throw new DataError('DATA_SHAPE', {
      file: name,
      expected: `images that stand in the middle of ${height} x ${width} pixels, the largest of the data sets`,
      found: `${shape[1]} x ${shape[2]}, which leaves ${rows} rows and ${columns} columns`,
      advice: 'Use tasks whose images differ in size by an even number of pixels',
    });
  });
}
