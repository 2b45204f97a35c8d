import { GradientError } from '../../autograd/backward';
import type { Factors } from '../../autograd/tape';
import { computedAs } from '../../tensor/dtype';
import type { Kernels } from '../../tensor/kernels';
import { broadcastStrides, type Shape, sameShape, sizeOf, stridesOf } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import { perSampleProducts } from './linear-squares';
import type { MatmulOptions } from './problem';

/** An axis that is walked: its length, and the step of a tensor along it. */
interface Axis {
  readonly length: number;
  readonly step: number;
}

/** One of the two tensors whose outer products are a parameter's gradient. */
interface Side {
  readonly x: Tensor;
  readonly sample: Axis;
  /** Where the parameter has several matrices: which of them. */
  readonly groups: readonly Axis[];
  readonly positions: readonly Axis[];
  readonly features: Axis;
}

/** A product that a parameter takes part in, and the gradient of its result. */
export interface ProductCall {
  readonly inputs: readonly [Tensor, Tensor];
  readonly attrs: Required<MatmulOptions>;
  readonly grad: Tensor;
}

/**
 * The gradient of operand `which` as Σ over positions of rows ⊗ columns, in its own shape; axis 0 of the result is the sample.
 * @returns undefined where the operand itself has the sample's axis, so that its parts are each of one sample
 */
function sidesOf(
  { inputs, attrs, grad }: ProductCall,
  which: 0 | 1,
): { rows: Side; columns: Side } | undefined {
  const parameter = inputs[which];
  const rank = grad.shape.length;
  const batch = grad.shape.slice(0, -2);
  const own: Shape = [
    ...new Array<number>(rank - parameter.shape.length).fill(1),
    ...parameter.shape.slice(0, -2),
  ];
  const isMatrix = rank === 2;
  if (isMatrix ? which === 0 : own[0] !== 1) return undefined;
  /** A tensor with its axis of features, which the parameter has too, and the axis that is summed over. */
  const side = (x: Tensor, features: number, summed: number): Side => {
    const strides = broadcastStrides(x.shape.slice(0, -2), batch).map(
      (step) => step * sizeOf(x.shape.slice(-2)),
    );
    const last = stridesOf(x.shape.slice(-2));
    const lengths = x.shape.slice(-2);
    const axis = (i: number): Axis => ({ length: batch[i], step: strides[i] });
    const within = (i: number): Axis => ({ length: lengths[i], step: last[i] });
    const others = batch.map((_, i) => i).slice(1);
    return {
      x,
      sample: isMatrix ? within(summed) : axis(0),
      groups: others.filter((i) => own[i] !== 1).map(axis),
      positions: [...others.filter((i) => own[i] === 1).map(axis), ...(isMatrix ? [] : [within(summed)])],
      features: within(features),
    };
  };
  const { transposeA, transposeB } = attrs;
  if (which === 1) {
    const given = side(grad, 1, 0);
    const read = side(inputs[0], transposeA ? 0 : 1, transposeA ? 1 : 0);
    return transposeB ? { rows: given, columns: read } : { rows: read, columns: given };
  }
  const given = side(grad, 0, 1);
  const read = side(inputs[1], transposeB ? 1 : 0, transposeB ? 0 : 1);
  return transposeA ? { rows: read, columns: given } : { rows: given, columns: read };
}

/** The elements in the order of the axes, of another shape; without a copy where they lie so. */
function inOrder(k: Kernels, x: Tensor, axes: readonly Axis[], start: number, shape: Shape): Tensor {
  const box = axes.map(({ length }) => length);
  const strides = axes.map(({ step }) => step);
  if (start === 0 && sizeOf(box) === x.size && sameShape(strides, stridesOf(box))) return x.alias(shape);
  const out = k.empty(box, computedAs(x.dtype));
  return k.copy(x, { start, strides }, out, { start: 0, strides: stridesOf(box) }, box).alias(shape);
}

const lengthOf = (axes: readonly Axis[]): number => sizeOf(axes.map(({ length }) => length));

/** Σ_n (sample n's gradient)² of an operand, in its shape. @param whole its gradient, summed over the samples */
export function operandSquares(k: Kernels, call: ProductCall, which: 0 | 1, whole: () => Tensor): Tensor {
  const { shape } = call.inputs[which];
  const sides = sidesOf(call, which);
  if (!sides) return k.elementwise('g * g', { g: whole() });
  const [rows, columns] = [sides.rows, sides.columns].map(({ x, sample, groups, positions, features }) =>
    inOrder(k, x, [...groups, sample, ...positions, features], 0, [
      lengthOf(groups),
      sample.length,
      lengthOf(positions),
      features.length,
    ]),
  );
  return perSampleProducts(k, rows, columns).alias(shape);
}

/** The factors of an operand's per-sample gradients over a range of samples. @throws GradientError if there are none */
export function operandFactors(
  k: Kernels,
  call: ProductCall,
  which: 0 | 1,
  [from, to]: readonly [from: number, to: number],
): Factors {
  const sides = sidesOf(call, which);
  if (!sides)
    throw new GradientError(
      `per-sample gradients: matmul reads parameter ${call.inputs[which]} along the axis of the samples; use its rows by embedding`,
    );
  const [output, input] = [sides.rows, sides.columns].map(({ x, sample, groups, positions, features }) =>
    inOrder(k, x, [{ ...sample, length: to - from }, ...groups, features, ...positions], from * sample.step, [
      to - from,
      lengthOf(groups),
      features.length,
      lengthOf(positions),
    ]),
  );
  const { transposeA, transposeB } = call.attrs;
  const isGiven = which === 1 ? transposeB : !transposeA;
  return { output, input, rows: isGiven ? 'given' : 'read' };
}
