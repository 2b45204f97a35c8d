import { computedAs, DTypeError } from '../tensor/dtype';
import { ArgumentError, aNumber, aWholeNumber, listOf, numbers, optional } from '../tensor/guard';
import { anyTensor, words } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { formatShape, normalizeAxis, type Shape, ShapeError, sizeOf, stridesOf } from '../tensor/shape';
import { recordViews, type Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { randn, sample } from './sample';

/** Fills in the one length given as −1. */
function inferShape(op: string, x: Shape, wanted: Shape): number[] {
  const known = sizeOf(wanted.filter((length) => length !== -1));
  const holes = wanted.filter((length) => length === -1).length;
  const shape = wanted.map((length) => (length === -1 ? sizeOf(x) / known : length));
  const isShape = shape.every((length) => Number.isInteger(length) && length >= 0);
  if (holes > 1 || sizeOf(shape) !== sizeOf(x) || !isShape) {
    throw new ShapeError(
      `${op}: ${formatShape(x)} has ${sizeOf(x)} elements and cannot become ${formatShape(wanted)}`,
    );
  }
  return shape;
}

const defineReshape = (name: string) =>
  defineOp({
    name,
    takes: { x: anyTensor, shape: numbers },
    parse: (x: Tensor, shape: Shape) => ({
      inputs: [x] as const,
      attrs: { shape: inferShape(name, x.shape, shape) },
    }),
    shape: ({ attrs }) => attrs.shape,
    forward: (_, { inputs: [x], attrs }) => x.alias(attrs.shape),
    backward: (_, { grad, inputs: [x] }) => [grad.alias(x.shape)],
    samples: () => [
      sample<[Tensor, Shape]>('to a matrix', randn([2, 3, 4]), [6, 4]),
      sample<[Tensor, Shape]>('one length inferred', randn([2, 3, 4]), [3, -1]),
    ],
  });

/** The same elements in another shape, without a copy; one length may be −1. */
export const reshape = defineReshape('reshape');

recordViews(defineReshape('view'));

/** Merges axes `start` to `end` (all of them by default, as torch.flatten) into one. */
export const flatten = defineOp({
  name: 'flatten',
  takes: { x: anyTensor, start: optional(aNumber), end: optional(aNumber) },
  parse: (x: Tensor, start = 0, end = -1) => {
    const rank = Math.max(1, x.shape.length);
    const from = normalizeAxis('flatten', start, rank);
    const to = normalizeAxis('flatten', end, rank);
    if (from > to) throw new ShapeError(`flatten: start axis ${start} comes after end axis ${end}`);
    const merged = sizeOf(x.shape.slice(from, to + 1));
    return {
      inputs: [x] as const,
      attrs: { shape: [...x.shape.slice(0, from), merged, ...x.shape.slice(to + 1)] },
    };
  },
  shape: ({ attrs }) => attrs.shape,
  forward: (_, { inputs: [x], attrs }) => x.alias(attrs.shape),
  backward: (_, { grad, inputs: [x] }) => [grad.alias(x.shape)],
  samples: () => [
    sample<[Tensor, number?, number?]>('everything', randn([2, 3, 4])),
    sample<[Tensor, number?, number?]>('all but the batch', randn([2, 3, 4]), 1),
    sample<[Tensor, number?, number?]>('middle axes', randn([2, 3, 4, 5]), 1, 2),
  ],
});

/** The axes of x in another order: result axis i is x's axis order[i]. */
export const permute = defineOp({
  name: 'permute',
  takes: { x: words, order: numbers },
  parse: (x: Tensor, order: readonly number[]) => ({
    inputs: [x] as const,
    attrs: { order: order.map((axis) => normalizeAxis('permute', axis, x.shape.length)) },
  }),
  shape: ({ inputs: [x], attrs: { order } }) => {
    if (order.length !== x.shape.length || new Set(order).size !== order.length) {
      throw new ShapeError(
        `permute: order ${formatShape(order)} does not name each axis of ${formatShape(x.shape)} once`,
      );
    }
    return order.map((axis) => x.shape[axis]);
  },
  forward: (k, { inputs: [x], attrs }) => k.permute(x, attrs.order),
  backward: (k, { grad, attrs: { order } }) => [
    k.permute(
      grad,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  ],
  samples: () => [
    sample<[Tensor, readonly number[]]>('a matrix', randn([3, 5]), [1, 0]),
    sample<[Tensor, readonly number[]]>('NCHW to NHWC', randn([2, 3, 4, 5]), [0, 2, 3, 1]),
    sample<[Tensor, readonly number[]]>('axes counted from the end', randn([2, 3, 4]), [-1, 0, 1]),
  ],
});

/** Joins tensors along an axis; all other lengths are equal, and so is the element type. Parts of f16 are widened to f32. */
export const concat = defineOp({
  name: 'concat',
  takes: { parts: listOf('tensors', words), axis: optional(aNumber) },
  parse: (parts: readonly Tensor[], axis = 0) => {
    if (parts.length === 0) throw new ShapeError('concat: needs at least one tensor');
    return { inputs: parts, attrs: { axis: normalizeAxis('concat', axis, parts[0].shape.length) } };
  },
  shape: ({ inputs, attrs: { axis } }) => {
    const [first] = inputs;
    const dtype = computedAs(first.dtype);
    for (const [i, part] of inputs.entries()) {
      const { shape } = part;
      if (computedAs(part.dtype) !== dtype)
        throw new DTypeError('concat', `parts[${i}]`, part, [dtype], `${dtype} like parts[0]`);
      if (shape.length !== first.shape.length || shape.some((n, i) => i !== axis && n !== first.shape[i])) {
        const all = inputs.map((part) => formatShape(part.shape)).join(', ');
        throw new ShapeError(`concat: shapes ${all} differ outside axis ${axis}`);
      }
    }
    const total = inputs.reduce((sum, { shape }) => sum + shape[axis], 0);
    return first.shape.map((length, i) => (i === axis ? total : length));
  },
  forward: (k, { inputs, attrs: { axis }, shape }) => {
    const out = k.empty(shape, computedAs(inputs[0].dtype));
    const strides = stridesOf(shape);
    let start = 0;
    for (const part of inputs) {
      k.copy(part, { start: 0, strides: stridesOf(part.shape) }, out, { start, strides }, part.shape);
      start += part.shape[axis] * strides[axis];
    }
    return out;
  },
  backward: (k, { grad, inputs, attrs: { axis }, needs }) => {
    const strides = stridesOf(grad.shape);
    let start = 0;
    return inputs.map(({ shape }, i) => {
      const from = { start, strides };
      start += shape[axis] * strides[axis];
      return needs[i]
        ? k.copy(grad, from, k.empty(shape), { start: 0, strides: stridesOf(shape) }, shape)
        : undefined;
    });
  },
  samples: () => [
    sample<[readonly Tensor[], number?]>('rows', [randn([2, 3]), randn([4, 3])]),
    sample<[readonly Tensor[], number?]>(
      'channels of images',
      [randn([2, 3, 4, 5]), randn([2, 1, 4, 5]), randn([2, 2, 4, 5])],
      1,
    ),
    sample<[readonly Tensor[], number?]>('the last axis', [randn([2, 3]), randn([2, 2])], -1),
  ],
});

/** A walk over every `step`-th position from `start` on along an axis. */
const sliceWalk = (shape: Shape, axis: number, start: number, step: number) => {
  const strides = stridesOf(shape);
  return {
    start: start * strides[axis],
    strides: strides.map((stride, i) => (i === axis ? stride * step : stride)),
  };
};

/** Positions start, start + step, ... below end along an axis, as in Python's x[start:end:step], step ≥ 1. */
export const slice = defineOp({
  name: 'slice',
  takes: {
    x: words,
    axis: aNumber,
    start: optional(aWholeNumber),
    end: optional(aWholeNumber),
    step: optional(aNumber),
  },
  parse: (x: Tensor, axis: number, start = 0, end: number | undefined = undefined, step = 1) => {
    const along = normalizeAxis('slice', axis, x.shape.length);
    const length = x.shape[along];
    if (!Number.isInteger(step) || step < 1)
      throw new ShapeError(`slice: step ${step} is not a whole number of at least 1`);
    const bound = (at: number) => Math.min(length, Math.max(0, at < 0 ? at + length : at));
    const from = bound(start);
    return {
      inputs: [x] as const,
      attrs: {
        axis: along,
        start: from,
        step,
        count: Math.max(0, Math.ceil((bound(end ?? length) - from) / step)),
      },
    };
  },
  shape: ({ inputs: [x], attrs: { axis, count } }) =>
    x.shape.map((length, i) => (i === axis ? count : length)),
  forward: (k, { inputs: [x], attrs: { axis, start, step }, shape }) => {
    const to = { start: 0, strides: stridesOf(shape) };
    return k.copy(x, sliceWalk(x.shape, axis, start, step), k.empty(shape, computedAs(x.dtype)), to, shape);
  },
  backward: (k, { grad, inputs: [x], attrs: { axis, start, step } }) => {
    const from = { start: 0, strides: stridesOf(grad.shape) };
    return [k.copy(grad, from, k.zeros(x.shape), sliceWalk(x.shape, axis, start, step), grad.shape)];
  },
  samples: () => [
    sample<[Tensor, number, number?, number?, number?]>('rows', randn([5, 3]), 0, 1, 4),
    sample<[Tensor, number, number?, number?, number?]>(
      'every second column',
      randn([4, 7]),
      1,
      1,
      undefined,
      2,
    ),
    sample<[Tensor, number, number?, number?, number?]>(
      'bounds counted from the end',
      randn([2, 6, 3]),
      1,
      -4,
      -1,
    ),
  ],
});

/** Where the unpadded elements lie in the padded tensor, and its shape. */
function padding(x: Shape, pads: readonly number[]) {
  if (
    pads.length % 2 !== 0 ||
    pads.length > 2 * x.length ||
    pads.some((pad) => !Number.isInteger(pad) || pad < 0)
  ) {
    throw new ShapeError(
      `pad: ${formatShape(pads)} is not pairs of whole numbers of at least 0 for the last axes of ${formatShape(x)}`,
    );
  }
  const before = x.map((_, axis) => pads[2 * (x.length - 1 - axis)] ?? 0);
  const after = x.map((_, axis) => pads[2 * (x.length - 1 - axis) + 1] ?? 0);
  return { before, shape: x.map((length, axis) => before[axis] + length + after[axis]) };
}

const insideWalk = (shape: Shape, before: readonly number[]) => {
  const strides = stridesOf(shape);
  return { start: strides.reduce((sum, stride, axis) => sum + stride * before[axis], 0), strides };
};

function padForward(k: Kernels, x: Tensor, shape: Shape, before: readonly number[], value: number): Tensor {
  const out = k.fill(k.empty(shape, computedAs(x.dtype)), value);
  return k.copy(x, { start: 0, strides: stridesOf(x.shape) }, out, insideWalk(shape, before), x.shape);
}

/** Surrounds x by `value`; pads are [before, after] of the last axis, then of the one before it, ... as in torch's F.pad. */
export const pad = defineOp({
  name: 'pad',
  takes: { x: words, pads: numbers, value: optional(aNumber) },
  parse: (x: Tensor, pads: readonly number[], value = 0) => ({
    inputs: [x] as const,
    attrs: { ...padding(x.shape, pads), value },
  }),
  shape: ({ inputs: [{ dtype }], attrs: { shape, value } }) => {
    const isWhole = dtype === 'i32' || dtype === 'u32';
    if (isWhole && (!Number.isInteger(value) || (dtype === 'u32' && value < 0)))
      throw new ArgumentError('pad', 'value', `${value}`, `a number that ${dtype} holds`);
    return shape;
  },
  forward: (k, { inputs: [x], attrs: { before, value }, shape }) => padForward(k, x, shape, before, value),
  backward: (k, { grad, inputs: [x], attrs: { before } }) => {
    const to = { start: 0, strides: stridesOf(x.shape) };
    return [k.copy(grad, insideWalk(grad.shape, before), k.empty(x.shape), to, x.shape)];
  },
  samples: () => [
    sample<[Tensor, readonly number[], number?]>('images on all sides', randn([2, 3, 4, 5]), [1, 2, 3, 0]),
    sample<[Tensor, readonly number[], number?]>('a value', randn([3, 4]), [0, 1], 2.5),
  ],
});
