import { DataError, type DataProblem } from '../data/errors';
import { Random } from '../tensor/random';
import { shuffledGroups } from './stratify';

const KEEP_STREAM = 0x6b656570;

/** Positions in a data set, in its order, cut in two. */
export interface Parts {
  /** [k] */
  readonly kept: Uint32Array;
  /** [N − k] */
  readonly rest: Uint32Array;
}

/**
 * Keeps a share of a data set's images for one use: of every class that share, at random, rounded, and one image or
 * more. The same images are kept at each call, since no seed decides on them.
 * @param labels [N] labels of the data set
 * @param share between 0 and 1
 * @param problem what an error calls the data set, and its advice
 * @throws DataError `DATA_SPLIT` when a class has only one image, or `share` leaves none of one for the rest
 */
export function keepApart(
  labels: Uint8Array,
  share: number,
  problem: Pick<DataProblem, 'file' | 'advice'>,
): Parts {
  const classes = labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  const groups = shuffledGroups(labels, classes, new Random(0, KEEP_STREAM));
  const isKept = new Uint8Array(labels.length);
  for (const [label, group] of groups.entries()) {
    if (group.length === 0) continue;
    const wanted = Math.max(1, Math.round(share * group.length));
    if (wanted >= group.length) {
      throw new DataError('DATA_SPLIT', {
        ...problem,
        expected: `more than ${wanted} images of label ${label}, of which ${wanted} are kept apart`,
        found: String(group.length),
      });
    }
    for (const position of group.slice(0, wanted)) isKept[position] = 1;
  }
  const positions = Uint32Array.from(labels, (_, i) => i);
  return {
    kept: positions.filter((position) => isKept[position] === 1),
    rest: positions.filter((position) => isKept[position] === 0),
  };
}
