import { aFlag, axes, optional } from '../tensor/guard';
import { floats } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { reducedShape } from '../tensor/reduce';
import { normalizeAxes, type Shape, ShapeError, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { sample, type TensorSpec } from './sample';

/** One axis, several, or all when left out or an empty list, as in PyTorch; negative axes count from the end. */
export type Axes = number | readonly number[] | undefined;
/** What reductions take. */
export type ReductionArgs = [x: Tensor, axes?: Axes, keepDims?: boolean];

export const REDUCTION_TAKES = { x: floats, axes: optional(axes), keepDims: optional(aFlag) };

/** What a reduction goes over. */
export interface Reduced {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** @throws ShapeError on axes that are not there, or repeat */
export const reducedAxes = (name: string, given: Axes, x: Tensor): readonly number[] =>
  normalizeAxes(name, typeof given !== 'number' && given?.length === 0 ? undefined : given, x.shape.length);

export const parseReduction =
  (name: string) =>
  (x: Tensor, axes: Axes = undefined, keepDims = false) => ({
    inputs: [x] as const,
    attrs: { axes: reducedAxes(name, axes, x), keepDims },
  });

export interface ReductionCall {
  readonly inputs: readonly [Tensor];
  readonly attrs: Reduced;
}

export const shapeOfReduction = ({ inputs: [x], attrs }: ReductionCall): number[] =>
  reducedShape(x.shape, attrs.axes, attrs.keepDims);
export const keptShape = ({ inputs: [x], attrs }: ReductionCall): number[] =>
  reducedShape(x.shape, attrs.axes, true);
/** How many elements make one of the result. */
export const termsOf = ({ inputs: [x], attrs }: ReductionCall): number =>
  sizeOf(attrs.axes.map((axis) => x.shape[axis]));

/** The shape of what no elements do not have. @throws ShapeError */
export function shapeOfSome(name: string, what: string, call: ReductionCall): number[] {
  if (termsOf(call) === 0) {
    const [x] = call.inputs;
    throw new ShapeError(
      `${name}: there is no ${what} of no elements, got ${x} over axes [${call.attrs.axes}]`,
    );
  }
  return shapeOfReduction(call);
}

/** Repeats the gradient of a reduction over the axes it summed. */
export const spread = (k: Kernels, g: Tensor, call: ReductionCall, scale: number): Tensor =>
  k.elementwise(
    'g * scale',
    { g: g.alias(keptShape(call)) },
    { shape: call.inputs[0].shape, scalars: { scale } },
  );

/** A sample for each kernel of a reduction. */
export const reductionSamples =
  (data: (shape: Shape) => TensorSpec, extra: readonly TensorSpec[] = []) =>
  () => [
    ...shortReductionSamples(data)(),
    sample<ReductionArgs>('three separate axes', data([2, 3, 2, 3, 2]), [0, 2, 4]),
    sample<ReductionArgs>('more terms than threads', data([2, 333]), 1),
    sample<ReductionArgs>('more terms than threads, in groups of four', data([2, 324]), 1),
    sample<ReductionArgs>('few terms in groups of four', data([2, 3, 4]), 2),
    sample<ReductionArgs>('two axes in groups of four', data([2, 3, 2, 8]), [1, 3]),
    sample<ReductionArgs>('batch and space of larger images', data([2, 3, 6, 8]), [0, 2, 3]),
    ...extra.map((spec) => sample<ReductionArgs>('large values', spec, 1)),
  ];

/** Samples for what is made of other reductions. */
export const shortReductionSamples = (data: (shape: Shape) => TensorSpec) => () => [
  sample<ReductionArgs>('all axes', data([3, 5])),
  sample<ReductionArgs>('the last axis', data([4, 7]), -1),
  sample<ReductionArgs>('the first axis, kept', data([4, 7]), 0, true),
  sample<ReductionArgs>('batch and space of images', data([3, 4, 5, 6]), [0, 2, 3]),
];
