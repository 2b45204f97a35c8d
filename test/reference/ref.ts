/** A dense row-major f64 array: the currency of the reference implementation that the engine is tested against. */
export interface Ref {
  shape: number[];
  data: Float64Array;
}

/** Wraps numbers as a Ref. Throws when the count does not match the shape. */
export function ref(shape: readonly number[], data: ArrayLike<number>): Ref {
  if (size(shape) !== data.length) {
    throw new Error(`shape [${shape}] holds ${size(shape)} numbers, but ${data.length} were given`);
  }
  return { shape: [...shape], data: Float64Array.from(data) };
}

export const scalar = (value: number): Ref => ref([], [value]);

export function size(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Every index of a shape in row-major order; a shape of rank 0 has the one index []. */
export function* indices(shape: readonly number[]): Generator<number[]> {
  const total = size(shape);
  for (let flat = 0; flat < total; flat++) {
    const index = new Array<number>(shape.length);
    let rest = flat;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    yield index;
  }
}

/** Row-major position of an index. */
export function offset(shape: readonly number[], index: readonly number[]): number {
  let position = 0;
  for (let axis = 0; axis < shape.length; axis++) position = position * shape[axis] + index[axis];
  return position;
}

export const at = (x: Ref, index: readonly number[]): number => x.data[offset(x.shape, index)];

/** Makes a Ref by asking for the value at each index. */
export function build(shape: readonly number[], value: (index: number[]) => number): Ref {
  const data = new Float64Array(size(shape));
  let position = 0;
  for (const index of indices(shape)) data[position++] = value(index);
  return { shape: [...shape], data };
}

/** Axis counted from the front; negative axes count from the back, as in PyTorch. */
export function positiveAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive < 0 || positive >= rank) throw new Error(`axis ${axis} is outside rank ${rank}`);
  return positive;
}

/** The common shape under NumPy's rule: align at the last axis, and lengths agree or one of them is 1. */
export function broadcastShapes(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let axis = 0; axis < shape.length; axis++) {
      const target = rank - shape.length + axis;
      if (shape[axis] === 1) continue;
      if (result[target] !== 1 && result[target] !== shape[axis]) {
        throw new Error(`shapes ${shapes.map((s) => `[${s}]`).join(' and ')} do not broadcast`);
      }
      result[target] = shape[axis];
    }
  }
  return result;
}

/** Repeats x along its axes of length 1 and along new leading axes. */
export function broadcastTo(x: Ref, shape: readonly number[]): Ref {
  const lead = shape.length - x.shape.length;
  return build(shape, (index) =>
    at(
      x,
      x.shape.map((length, axis) => (length === 1 ? 0 : index[lead + axis])),
    ),
  );
}

export function map(x: Ref, f: (value: number) => number): Ref {
  return { shape: [...x.shape], data: x.data.map(f) };
}

/** f over corresponding values of a and b after broadcasting. */
export function zip(a: Ref, b: Ref, f: (a: number, b: number) => number): Ref {
  const shape = broadcastShapes(a.shape, b.shape);
  const wideA = broadcastTo(a, shape);
  const wideB = broadcastTo(b, shape);
  return { shape, data: wideA.data.map((value, i) => f(value, wideB.data[i])) };
}
