import { computedAs, DTypeError } from '../tensor/dtype';
import { aNumber, listOf, optional } from '../tensor/guard';
import { words } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { formatShape, normalizeAxis, type Shape, ShapeError, sameShape, stridesOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { randn, sample } from './sample';
import { unsqueezed } from './views';

type Args = [parts: readonly Tensor[], axis?: number];
const TAKES = { parts: listOf('tensors', words), axis: optional(aNumber) };

/** @throws DTypeError unless all are of one type, f16 counting as f32 */
function checkTypes(op: string, parts: readonly Tensor[]): void {
  const dtype = computedAs(parts[0].dtype);
  for (const [i, part] of parts.entries())
    if (computedAs(part.dtype) !== dtype)
      throw new DTypeError(op, `parts[${i}]`, part, [dtype], `${dtype} like parts[0]`);
}

function checkSome(op: string, parts: readonly Tensor[]): void {
  if (parts.length === 0) throw new ShapeError(`${op}: needs at least one tensor`);
}

/** Copies parts one after the other along an axis. */
function joined(k: Kernels, parts: readonly Tensor[], axis: number, shape: Shape): Tensor {
  const out = k.empty(shape, computedAs(parts[0].dtype));
  const strides = stridesOf(shape);
  let start = 0;
  for (const part of parts) {
    k.copy(part, { start: 0, strides: stridesOf(part.shape) }, out, { start, strides }, part.shape);
    start += part.shape[axis] * strides[axis];
  }
  return out;
}

/** Copies what was joined back into parts of such shapes, where they are needed. */
function apart(
  k: Kernels,
  whole: Tensor,
  shapes: readonly Shape[],
  axis: number,
  needs: readonly boolean[],
): (Tensor | undefined)[] {
  const strides = stridesOf(whole.shape);
  let start = 0;
  return shapes.map((shape, i) => {
    const from = { start, strides };
    start += shape[axis] * strides[axis];
    return needs[i]
      ? k.copy(whole, from, k.empty(shape), { start: 0, strides: stridesOf(shape) }, shape)
      : undefined;
  });
}

/** A tensor of shape [0] joins tensors of any shape, as in PyTorch. */
const isNothing = ({ shape }: Tensor): boolean => shape.length === 1 && shape[0] === 0;
const shapesIn = (parts: readonly Tensor[]): readonly Tensor[] => {
  const some = parts.filter((part) => !isNothing(part));
  return some.length > 0 ? some : parts.slice(0, 1);
};

/**
 * Joins tensors along an axis; all other lengths are equal, and so is the element type. Parts of f16 are widened to f32, and
 * those of shape [0] left out. Without an axis to join along, see `stack`.
 * @throws ShapeError
 * @example
 * ```ts
 * ops.concat([gpu.tensor([1, 2]), gpu.tensor([3])]); // → [1, 2, 3]
 * ```
 * @example
 * ```ts
 * ops.concat([gpu.tensor([1, 2]), gpu.tensor([3])]); // → [1, 2, 3]
 * ```
 */
export const concat = defineOp({
  name: 'concat',
  takes: TAKES,
  parse: (...[parts, axis = 0]: Args) => {
    checkSome('concat', parts);
    const single = parts.findIndex(({ shape }) => shape.length === 0);
    if (single >= 0)
      throw new ShapeError(
        `concat: parts[${single}] has no axis to join along; use stack, or reshape(parts[${single}], [1])`,
      );
    return {
      inputs: parts,
      attrs: { axis: normalizeAxis('concat', axis, shapesIn(parts)[0].shape.length) },
    };
  },
  shape: ({ inputs, attrs: { axis } }) => {
    checkTypes('concat', inputs);
    const parts = shapesIn(inputs);
    const [first] = parts;
    for (const { shape } of parts) {
      if (shape.length !== first.shape.length || shape.some((n, i) => i !== axis && n !== first.shape[i])) {
        const all = inputs.map((part) => formatShape(part.shape)).join(', ');
        throw new ShapeError(`concat: shapes ${all} differ outside axis ${axis}`);
      }
    }
    const total = parts.reduce((sum, { shape }) => sum + shape[axis], 0);
    return first.shape.map((length, i) => (i === axis ? total : length));
  },
  forward: (k, { inputs, attrs: { axis }, shape }) => joined(k, shapesIn(inputs), axis, shape),
  backward: (k, { grad, inputs, attrs: { axis }, needs }) => {
    const shapes = inputs.map((part) => (isNothing(part) ? grad.shape.with(axis, 0) : part.shape));
    return apart(k, grad, shapes, axis, needs).map((part, i) => part?.alias(inputs[i].shape));
  },
  samples: () => [
    sample<Args>('rows', [randn([2, 3]), randn([4, 3])]),
    sample<Args>('channels of images', [randn([2, 3, 4, 5]), randn([2, 1, 4, 5]), randn([2, 2, 4, 5])], 1),
    sample<Args>('the last axis', [randn([2, 3]), randn([2, 2])], -1),
  ],
});

/**
 * Puts tensors of one shape and type side by side along a new axis, as torch.stack. Parts of f16 are widened to f32.
 * @param axis which axis the new one is then; default 0
 * @throws ShapeError
 * @example
 * ```ts
 * ops.stack([gpu.tensor([1, 2]), gpu.tensor([3, 4])], 1); // → [[1, 3], [2, 4]]
 * ```
 */
export const stack = defineOp({
  name: 'stack',
  takes: TAKES,
  parse: (...[parts, axis = 0]: Args) => {
    checkSome('stack', parts);
    return {
      inputs: parts,
      attrs: { axis: normalizeAxis('stack', axis, parts[0].shape.length + 1) },
    };
  },
  shape: ({ inputs, attrs: { axis } }) => {
    checkTypes('stack', inputs);
    const [{ shape }] = inputs;
    const other = inputs.findIndex((part) => !sameShape(part.shape, shape));
    if (other >= 0)
      throw new ShapeError(
        `stack: parts[${other}] is ${formatShape(inputs[other].shape)}, expected ${formatShape(shape)} like parts[0]`,
      );
    return unsqueezed('stack', shape, axis).with(axis, inputs.length);
  },
  forward: (k, { inputs, attrs: { axis }, shape }) => {
    const one = shape.with(axis, 1);
    return joined(
      k,
      inputs.map((part) => part.alias(one)),
      axis,
      shape,
    );
  },
  backward: (k, { grad, inputs, attrs: { axis }, needs }) => {
    const one = grad.shape.with(axis, 1);
    const shapes = inputs.map(() => one);
    return apart(k, grad, shapes, axis, needs).map((part, i) => part?.alias(inputs[i].shape));
  },
  samples: () => [
    sample<Args>('vectors to a matrix', [randn([3]), randn([3])]),
    sample<Args>('a new last axis', [randn([2, 3]), randn([2, 3]), randn([2, 3])], -1),
  ],
});
