import { formatShape, ShapeError } from '../tensor/shape';

/** [height, width] */
export type Pair = readonly [number, number];
/** One number, or one for each of the axes there are. */
export type Single = number | readonly [number];

/**
 * An option given as one number for both directions, or as [height, width].
 * @throws ShapeError unless it is one or two whole numbers of at least `least`
 */
export function pair(op: string, name: string, value: number | Pair, least: number): Pair {
  const both: readonly number[] = typeof value === 'number' ? [value, value] : value;
  if (both.length !== 2 || !both.every((length) => Number.isInteger(length) && length >= least)) {
    const given = typeof value === 'number' ? `${value}` : formatShape(value);
    throw new ShapeError(
      `${op}: ${name} is ${given}, expected a whole number of at least ${least} or a pair [height, width] of them`,
    );
  }
  return [both[0], both[1]];
}

/**
 * An option of an op along one axis, as a pair for images of one line: their height has the least there is.
 * @throws ShapeError unless it is a whole number of at least `least`
 */
export function single(op: string, name: string, value: Single, least: number): Pair {
  const [length, ...more]: readonly number[] = typeof value === 'number' ? [value] : value;
  if (more.length > 0 || !Number.isInteger(length) || length < least) {
    const given = typeof value === 'number' ? `${value}` : formatShape(value);
    throw new ShapeError(`${op}: ${name} is ${given}, expected a whole number of at least ${least}`);
  }
  return [least, length];
}
