import { checkAll, numbers, optional } from '../tensor/guard';
import { sizeOf } from '../tensor/shape';
import { DataError } from './errors';
import { aHostSet } from './guard';
import { type Pictures, pixelStatistics } from './images';
import { countOf, type Samples, subset } from './samples';

/** A network sees (x − mean) / std, with a mean and a standard deviation for each place on a sample's first axis. */
export interface Normalisation {
  /** One for each place. */
  readonly mean: readonly number[];
  /** One for each place, above 0. */
  readonly std: readonly number[];
}

/**
 * Mean and standard deviation (the population's) for each place on a sample's first axis: the channels of pictures, whose
 * pixels count as 0 to 1, or the features of samples [F]. Where all values are the same std is 1, so that they become 0.
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: Float32Array.of(1, 5, 3, 5), labels: [0, 1], shape: [2] });
 * data.statistics(set).mean; // → [2, 5]
 * data.statistics(set).std; // → [1, 1]
 * ```
 * @param indices samples to take them of, as those of a training split; default: all
 * @throws DataError `DATA_INDEX` when an index is not in the set, `DATA_SHAPE` where there are no samples
 */
export function statistics(set: Pictures | Samples, indices?: ArrayLike<number>): Normalisation {
  checkAll('statistics', { set: [set, aHostSet], indices: [indices, optional(numbers)] });
  const part = indices ? subset(set, indices) : set;
  if (!(countOf(part) >= 1)) {
    throw new DataError('DATA_SHAPE', { file: set.name, expected: 'at least one sample', found: 'none' });
  }
  const { mean, std } = 'images' in part ? pixelStatistics(part) : floatStatistics(part);
  return { mean, std: std.map((value) => (value > 0 ? value : 1)) };
}

/** Two passes in f64. Equal values have a std of 0 whatever the rounding of their mean. */
function floatStatistics({ inputs, shape }: Samples): { mean: number[]; std: number[] } {
  const [channels = 1] = shape;
  const plane = sizeOf(shape) / channels;
  const each = inputs.length / channels;
  const channelAt = (i: number) => Math.floor(i / plane) % channels;
  const ofEach = (start: number) => new Array<number>(channels).fill(start);
  const [sums, squares, least, most] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(ofEach);
  for (let i = 0; i < inputs.length; i++) {
    const channel = channelAt(i);
    sums[channel] += inputs[i];
    least[channel] = Math.min(least[channel], inputs[i]);
    most[channel] = Math.max(most[channel], inputs[i]);
  }
  const mean = sums.map((sum) => sum / each);
  for (let i = 0; i < inputs.length; i++) squares[channelAt(i)] += (inputs[i] - mean[channelAt(i)]) ** 2;
  const std = squares.map((sum, channel) => (most[channel] > least[channel] ? Math.sqrt(sum / each) : 0));
  return { mean, std };
}
