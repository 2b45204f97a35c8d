import { aFlag, aNumber, axes, optional } from '../tensor/guard';
import { floats } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { reducedShape } from '../tensor/reduce';
import { normalizeAxes, normalizeAxis, type Shape, ShapeError, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { distinct, randn, sample, type TensorSpec, values } from './sample';

/** One axis, several, or all when left out; negative axes count from the end. */
export type Axes = number | readonly number[] | undefined;
type Args = [x: Tensor, axes?: Axes, keepDims?: boolean];

const TAKES = { x: floats, axes: optional(axes), keepDims: optional(aFlag) };
const parseWith =
  (name: string) =>
  (x: Tensor, axes: Axes = undefined, keepDims = false) => ({
    inputs: [x] as const,
    attrs: { axes: normalizeAxes(name, axes, x.shape.length), keepDims },
  });
type Attrs = { readonly axes: readonly number[]; readonly keepDims: boolean };
type ReductionCall = { readonly inputs: readonly [Tensor]; readonly attrs: Attrs };

const shapeOf = ({ inputs: [x], attrs }: ReductionCall) => reducedShape(x.shape, attrs.axes, attrs.keepDims);
const keptShape = ({ inputs: [x], attrs }: ReductionCall) => reducedShape(x.shape, attrs.axes, true);
const termsOf = ({ inputs: [x], attrs }: ReductionCall) => sizeOf(attrs.axes.map((axis) => x.shape[axis]));

const samplesOf =
  (data: (shape: Shape) => TensorSpec, extra: readonly TensorSpec[] = []) =>
  () => [
    sample<Args>('all axes', data([3, 5])),
    sample<Args>('the last axis', data([4, 7]), -1),
    sample<Args>('the first axis, kept', data([4, 7]), 0, true),
    sample<Args>('batch and space of images', data([3, 4, 5, 6]), [0, 2, 3]),
    sample<Args>('three separate axes', data([2, 3, 2, 3, 2]), [0, 2, 4]),
    sample<Args>('more terms than threads', data([2, 333]), 1),
    sample<Args>('more terms than threads, in groups of four', data([2, 324]), 1),
    sample<Args>('few terms in groups of four', data([2, 3, 4]), 2),
    sample<Args>('two axes in groups of four', data([2, 3, 2, 8]), [1, 3]),
    sample<Args>('batch and space of larger images', data([2, 3, 6, 8]), [0, 2, 3]),
    ...extra.map((spec) => sample<Args>('large values', spec, 1)),
  ];

/** Repeats the gradient of a reduction over the axes it summed. */
const spread = (k: Kernels, g: Tensor, call: ReductionCall, scale: number) =>
  k.elementwise(
    'g * scale',
    { g: g.alias(keptShape(call)) },
    { shape: call.inputs[0].shape, scalars: { scale } },
  );

/** Sum over axes. */
export const sum = defineOp({
  name: 'sum',
  takes: TAKES,
  parse: parseWith('sum'),
  shape: shapeOf,
  forward: (k, { inputs: [x], attrs }) => k.reduce('sum', x, attrs.axes, attrs.keepDims),
  backward: (k, call) => [spread(k, call.grad, call, 1)],
  samples: samplesOf(randn),
});

/** Mean over axes. */
export const mean = defineOp({
  name: 'mean',
  takes: TAKES,
  parse: parseWith('mean'),
  shape: shapeOf,
  forward: (k, call) =>
    k.reduce('sum', call.inputs[0], call.attrs.axes, call.attrs.keepDims, 1 / termsOf(call)),
  backward: (k, call) => [spread(k, call.grad, call, 1 / termsOf(call))],
  samples: samplesOf(randn),
});

/** Largest element over axes; equal largest elements share the gradient, as in torch.amax. */
export const max = defineOp({
  name: 'max',
  takes: TAKES,
  parse: parseWith('max'),
  shape: (call) => {
    if (termsOf(call) === 0) throw new ShapeError('max: there is no largest of no elements');
    return shapeOf(call);
  },
  forward: (k, { inputs: [x], attrs }) => k.reduce('max', x, attrs.axes, attrs.keepDims),
  backward: (k, call) => {
    const [x] = call.inputs;
    const kept = keptShape(call);
    const isLargest = k.elementwise('f32(x == y)', { x, y: call.output.alias(kept) });
    const count = k.reduce('sum', isLargest, call.attrs.axes, true);
    return [k.elementwise('g * isLargest / count', { g: call.grad.alias(kept), isLargest, count })];
  },
  samples: samplesOf(distinct),
});

/** log Σ eˣ over axes, shifted by the largest element so that it does not overflow. */
export const logSumExp = defineOp({
  name: 'logSumExp',
  takes: TAKES,
  parse: parseWith('logSumExp'),
  shape: shapeOf,
  forward: (k, call) =>
    k.gpu.scope(() => {
      const [x] = call.inputs;
      const { axes } = call.attrs;
      const top = k.reduce('max', x, axes, true);
      const total = k.reduce('sum', k.elementwise('exp_of(x - finite(top))', { x, top }), axes, true);
      return k.elementwise('log_of(total) + finite(top)', { total, top }).alias(shapeOf(call));
    }),
  backward: (k, call) => {
    const kept = keptShape(call);
    const [x] = call.inputs;
    return [k.elementwise('g * exp_of(x - y)', { g: call.grad.alias(kept), x, y: call.output.alias(kept) })];
  },
  samples: samplesOf(randn, [values([2, 3], [1000, 999, 1001, -1000, -1001, -999])]),
});

/** Index of the largest element along an axis (of the flattened tensor when left out), i32; the first of equals. */
export const argmax = defineOp({
  name: 'argmax',
  takes: { x: floats, axis: optional(aNumber), keepDims: optional(aFlag) },
  parse: (x: Tensor, axis: number | undefined = undefined, keepDims = false) => ({
    inputs: [x] as const,
    attrs: { axis: axis === undefined ? undefined : normalizeAxis('argmax', axis, x.shape.length), keepDims },
  }),
  shape: ({ inputs: [x], attrs: { axis, keepDims } }) =>
    axis === undefined ? [] : reducedShape(x.shape, [axis], keepDims),
  forward: (k, { inputs: [x], attrs: { axis, keepDims } }) =>
    axis === undefined ? k.argmax(x.alias([x.size]), 0) : k.argmax(x, axis, keepDims),
  samples: () => [
    sample<[Tensor, number?, boolean?]>('the flattened tensor', distinct([3, 5])),
    sample<[Tensor, number?, boolean?]>('rows', distinct([6, 10]), 1),
    sample<[Tensor, number?, boolean?]>('a middle axis, kept', distinct([2, 4, 3]), 1, true),
  ],
});
