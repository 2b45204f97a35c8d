import type { TypedArray } from '../tensor/dtype';
import { formatShape, sizeOf } from '../tensor/shape';
import { OnnxError } from './errors';
import type { Constant } from './graph';
import type { Initializer } from './model';
import type { Held } from './translate';

const ARRAYS = { float: Float32Array, int32: Int32Array, uint32: Uint32Array } as const;

/** A small tensor that a row wrote. */
export function ofConstant({ name, element, shape, values }: Constant): Initializer {
  const data = element === 'int64' ? BigInt64Array.from(values, BigInt) : ARRAYS[element].from(values);
  return { name, element, shape, data };
}

/**
 * A tensor that the file holds, by its elements in both passes. One that is as long as the batch is held as a single slice.
 * @throws OnnxError if the elements depend on what went in
 */
export function ofHeld(
  { name, form }: Pick<Held, 'name' | 'form'>,
  first: TypedArray,
  second: TypedArray,
): Initializer {
  const { shape, growth, element } = form;
  const [axis, ...others] = [...shape.keys()].filter((axis) => growth[axis] !== 0);
  if (axis === undefined) {
    if (equal(first, second)) return { name, element, shape, data: first };
  } else if (others.length === 0) {
    const inner = sizeOf(shape.slice(axis + 1));
    const outer = sizeOf(shape.slice(0, axis));
    const [one, other] = [first, second].map((values) => single(values, inner, outer));
    if (one && other && equal(one, other)) return { name, element, shape: shape.with(axis, 1), data: one };
  }
  throw new OnnxError(
    `a tensor of ${formatShape(shape)} in the forward pass was made by no op, and depends on the input, the batch or chance; make it by ops, or before the pass`,
  );
}

function equal(a: TypedArray, b: TypedArray): boolean {
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return a.length === b.length;
}

/** The first slice along an axis, if all slices are equal. */
function single(values: TypedArray, inner: number, outer: number): TypedArray | undefined {
  const length = values.length / (inner * outer);
  const slice = values.slice(0, inner * outer);
  for (let i = 0; i < values.length; i++) {
    const place = Math.floor(i / (inner * length)) * inner + (i % inner);
    if (Math.floor(i / inner) % length === 0) slice[place] = values[i];
    else if (!Object.is(slice[place], values[i])) return undefined;
  }
  return slice;
}
