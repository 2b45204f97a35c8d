import type { TensorData } from './dtype';
import { ArgumentError, shown } from './guard';
import { formatShape, type Shape, ShapeError } from './shape';

/** Numbers in rows of equal length, to any depth. */
export type Nested = readonly (number | Nested)[];

const EXPECTED = 'numbers: an array, arrays of equal length in an array, or a typed array';

/** Data of a tensor as a flat list, and its own shape. */
export interface Flat {
  readonly data: TensorData;
  readonly shape: Shape;
}

/**
 * Flattens nested arrays; a typed array passes.
 * @throws ArgumentError at what is no number; ShapeError on rows of unequal length
 */
export function flattened(op: string, given: unknown): Flat {
  if (ArrayBuffer.isView(given) && 'length' in given) {
    if (given instanceof BigInt64Array || given instanceof BigUint64Array)
      throw new ArgumentError(
        op,
        'data',
        shown(given),
        'a typed array of numbers; write Int32Array.from(data, Number)',
      );
    return { data: given as TensorData, shape: [given.length as number] };
  }
  if (!Array.isArray(given)) throw new ArgumentError(op, 'data', shown(given), EXPECTED);
  const shape: number[] = [];
  for (let row: unknown = given; Array.isArray(row); row = row[0]) shape.push(row.length);
  const data = shape.length === 1 ? (given as number[]) : [];
  const visit = (row: unknown, axis: number, path: string): void => {
    if (!Array.isArray(row) || row.length !== shape[axis]) {
      const found = Array.isArray(row) ? `${row.length} elements` : shown(row);
      throw new ShapeError(
        `${op}: data${path} has ${found}, expected ${shape[axis]} as of data${'[0]'.repeat(axis)}; rows have to be of equal length, as in shape ${formatShape(shape)}`,
      );
    }
    const isLast = axis === shape.length - 1;
    for (let i = 0; i < row.length; i++) {
      const item: unknown = row[i];
      if (!isLast) visit(item, axis + 1, `${path}[${i}]`);
      else if (typeof item !== 'number') {
        if (Array.isArray(item)) {
          throw new ShapeError(
            `${op}: data${path}[${i}] is an array beside numbers; rows have to be of equal depth`,
          );
        }
        throw new ArgumentError(op, `data${path}[${i}]`, shown(item), 'a number');
      } else if (data !== given) data.push(item);
    }
  };
  visit(given, 0, '');
  return { data, shape };
}
