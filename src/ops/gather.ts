import { f32, type Kernel } from '../../runtime/kernel';
import forwardSource from '../../shaders/gather.wgsl';
import backwardSource from '../../shaders/gather_backward.wgsl';
import {
  collapseAxes,
  formatShape,
  normalizeAxis,
  type Shape,
  ShapeError,
  sameShape,
  sizeOf,
  stridesOf,
} from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { indices, randn, sample } from './sample';

const forwardKernel: Kernel = { name: 'gather.forward', source: forwardSource };
const backwardKernel: Kernel = { name: 'gather.backward', source: backwardSource };

/** WGSL cannot spell NaN, so that it comes in as data. */
const NAN = f32(Number.NaN);

/** Axes that the shaders' uniform blocks have room for, after merging. */
const MAX_AXES = 8;

const without = (shape: Shape, axis: number): number[] => shape.filter((_, i) => i !== axis);

/** A walk over several tensors as uniform words: the number of axes, then lengths and each tensor's steps, innermost first. */
function walk(shape: Shape, strides: readonly (readonly number[])[]): { rank: number; words: number[] } {
  const axes = collapseAxes(shape, strides).reverse();
  if (axes.length > MAX_AXES) {
    throw new ShapeError(
      `gather: shape ${formatShape(shape)} has too many axes, at most ${MAX_AXES} are possible`,
    );
  }
  const eight = (list: number[]) => [...list, ...new Array<number>(MAX_AXES - list.length).fill(0)];
  const steps = strides.flatMap((_, i) => eight(axes.map((axis) => axis.steps[i])));
  return { rank: axes.length, words: [...eight(axes.map(({ length }) => length)), ...steps] };
}

type Args = [x: Tensor, axis: number, index: Tensor];

/**
 * Picks along an axis, out[i][j][k] = x[i][index[i][j][k]][k] for axis 1, as torch.gather. An index outside x gives
 * NaN, since a kernel cannot throw.
 * @param x any shape of rank ≥ 1, f32
 * @param index i32 of x's rank; no longer than x along the other axes
 * @returns index's shape
 * @throws ShapeError
 */
export const gather = defineOp({
  name: 'gather',
  parse: (...[x, axis, index]: Args) => ({
    inputs: [x, index] as const,
    attrs: { axis: normalizeAxis('gather', axis, x.shape.length) },
  }),
  shape: ({ inputs: [x, index], attrs: { axis } }) => {
    if (index.dtype !== 'i32') {
      throw new ShapeError(`gather: index must be i32, got ${index}; use an Int32Array`);
    }
    const fits =
      index.shape.length === x.shape.length &&
      index.shape.every((length, i) => i === axis || length <= x.shape[i]);
    if (!fits) {
      throw new ShapeError(
        `gather: index ${formatShape(index.shape)} for x ${formatShape(x.shape)} along axis ${axis}; it needs as many axes, and no longer ones but for axis ${axis}`,
      );
    }
    return index.shape;
  },
  forward: (k, { inputs: [x, index], attrs: { axis }, shape }) => {
    const out = k.empty(shape);
    const strides = stridesOf(x.shape);
    const { rank, words } = walk(shape, [strides.with(axis, 0), stridesOf(shape)]);
    k.run(forwardKernel, {
      outputs: [out],
      inputs: [x, index],
      uniforms: [out.size, rank, x.shape[axis], strides[axis], NAN, 0, 0, 0, ...words],
      groups: Math.ceil(out.size / 64),
    });
    return out;
  },
  backward: (k, { grad, inputs: [x, index], attrs: { axis } }) => {
    const others = without(index.shape, axis);
    const strides = { x: stridesOf(x.shape), index: stridesOf(index.shape) };
    const { rank, words } = walk(others, [without(strides.x, axis), without(strides.index, axis)]);
    const everyLine = sameShape(others, without(x.shape, axis));
    const dx = everyLine ? k.empty(x.shape) : k.zeros(x.shape);
    const count = x.shape[axis] * sizeOf(others);
    k.run(backwardKernel, {
      outputs: [dx],
      inputs: [grad, index],
      uniforms: [
        ...[count, sizeOf(others), rank, index.shape[axis]],
        ...[strides.x[axis], strides.index[axis], 0, 0],
        ...words,
      ],
      groups: Math.ceil(count / 64),
    });
    return [dx, undefined];
  },
  samples: () => [
    sample<Args>('the last axis', randn([4, 6]), -1, indices([4, 3], 6)),
    sample<Args>('the first axis', randn([5, 3]), 0, indices([7, 3], 5)),
    sample<Args>(
      'a middle axis, the index shorter along the others',
      randn([3, 4, 5]),
      1,
      indices([2, 6, 3], 4),
    ),
    sample<Args>('one axis', randn([5]), 0, indices([9], 5)),
  ],
});
