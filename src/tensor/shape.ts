import { TaskgradError } from '../../runtime/errors';
import { checkArgument, numbers } from './guard';

/** Lengths of the axes, the outermost first; [] is a single number. */
export type Shape = readonly number[];

/** Shapes, axes or options that do not fit together. The message says what was given and what was expected. */
export class ShapeError extends TaskgradError {
  constructor(message: string, code = 'SHAPE') {
    super(code, message);
  }
}

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

export const formatShape = (shape: Shape): string => `[${shape.join(',')}]`;

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, i) => length === b[i]);
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** Strides with which a tensor is read as if it had the shape it is broadcast to: 0 along a repeated axis. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = stridesOf(from);
  const missing = to.length - from.length;
  return to.map((_, axis) => (axis < missing || from[axis - missing] === 1 ? 0 : strides[axis - missing]));
}

/** NumPy's broadcasting rule. @throws ShapeError naming `op` and both shapes */
export function broadcastShapes(op: string, ...shapes: Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    shape.forEach((length, i) => {
      const axis = rank - shape.length + i;
      if (length === 1 || length === result[axis]) return;
      if (result[axis] !== 1) {
        const all = shapes.map(formatShape).join(' and ');
        throw new ShapeError(
          `${op}: shapes ${all} do not broadcast (axis ${axis}: ${result[axis]} against ${length})`,
        );
      }
      result[axis] = length;
    });
  }
  return result;
}

/** Counts a negative axis from the end. @throws ShapeError */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const counted = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || counted < 0 || counted >= rank) {
    throw new ShapeError(`${op}: axis ${axis} is out of range for ${rank} dimensions`);
  }
  return counted;
}

/** As `normalizeAxis`; one number counts as a line of one, which has an axis 0. @throws ShapeError */
export const scalarAxis = (op: string, axis: number, rank: number): number =>
  normalizeAxis(op, axis, Math.max(1, rank));

/** The axes in ascending order, all of them for undefined. @throws ShapeError on a repeated axis */
export function normalizeAxes(
  op: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = (typeof axes === 'number' ? [axes] : axes).map((axis) => scalarAxis(op, axis, rank));
  if (new Set(list).size !== list.length) throw new ShapeError(`${op}: axes ${formatShape(list)} repeat`);
  return rank === 0 ? [] : list.sort((a, b) => a - b);
}

/** Checks a shape given by a user: whole, non-negative lengths. @throws ShapeError */
export function checkShape(op: string, shape: Shape): void {
  checkArgument(op, 'shape', shape, numbers);
  if (!shape.every((length) => Number.isInteger(length) && length >= 0)) {
    throw new ShapeError(`${op}: shape ${formatShape(shape)} needs whole numbers of at least 0`);
  }
}

/** One axis of a strided walk: its length and each operand's step along it. */
export interface WalkAxis {
  readonly length: number;
  readonly steps: readonly number[];
}

/** Merges neighbouring axes over which every operand steps evenly, and drops those of length 1. */
export function collapseAxes(shape: Shape, strides: readonly (readonly number[])[]): WalkAxis[] {
  const axes: { length: number; steps: number[] }[] = [];
  shape.forEach((length, axis) => {
    if (length === 1) return;
    const steps = strides.map((stride) => stride[axis]);
    const outer = axes.at(-1);
    if (outer?.steps.every((step, i) => step === steps[i] * length)) {
      outer.length *= length;
      outer.steps = steps;
    } else {
      axes.push({ length, steps });
    }
  });
  return axes.length > 0 ? axes : [{ length: 1, steps: strides.map(() => 0) }];
}
