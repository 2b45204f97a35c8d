import { computedAs } from '../tensor/dtype';
import { axes, optional } from '../tensor/guard';
import { words } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { normalizeAxes, normalizeAxis, type Shape, ShapeError, stridesOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { randn, sample } from './sample';

type FlipArgs = [x: Tensor, axes: number | readonly number[]];

function flipped(k: Kernels, x: Tensor, axes: readonly number[]): Tensor {
  const strides = stridesOf(x.shape);
  const out = k.empty(x.shape, computedAs(x.dtype));
  if (x.size === 0) return out;
  const from = {
    start: axes.reduce((sum, axis) => sum + (x.shape[axis] - 1) * strides[axis], 0),
    strides: strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
  };
  return k.copy(x, from, out, { start: 0, strides }, x.shape);
}

/**
 * x with the order along axes turned round, as torch.flip.
 * @throws ShapeError
 * @example
 * ```ts
 * ops.flip(gpu.tensor([[1, 2], [3, 4]]), 1); // → [[2, 1], [4, 3]]
 * ```
 */
export const flip = defineOp({
  name: 'flip',
  takes: { x: words, axes },
  parse: (...[x, axes]: FlipArgs) => ({
    inputs: [x] as const,
    attrs: { axes: normalizeAxes('flip', axes, x.shape.length) },
  }),
  shape: ({ inputs: [x] }) => x.shape,
  forward: (k, { inputs: [x], attrs }) => flipped(k, x, attrs.axes),
  backward: (k, { grad, attrs }) => [flipped(k, grad, attrs.axes)],
  samples: () => [
    sample<FlipArgs>('the last axis', randn([3, 5]), -1),
    sample<FlipArgs>('two axes of three', randn([2, 3, 4]), [0, 2]),
  ],
});

type RollArgs = [x: Tensor, shifts: number | readonly number[], axes?: number | readonly number[]];
type Rolls = readonly (readonly [axis: number, shift: number])[];

function rolled(k: Kernels, x: Tensor, rolls: Rolls): Tensor {
  if (x.size === 0) return k.empty(x.shape, computedAs(x.dtype));
  let result = x;
  for (const [axis, by] of rolls) {
    const next = rolledOnce(k, result, axis, by);
    if (result !== x) result.dispose();
    result = next;
  }
  return result === x ? x.alias(x.shape) : result;
}

function rolledOnce(k: Kernels, x: Tensor, axis: number, by: number): Tensor {
  const length = x.shape[axis];
  const shift = ((by % length) + length) % length;
  const out = k.empty(x.shape, computedAs(x.dtype));
  const strides = stridesOf(x.shape);
  const at = (place: number) => ({ start: place * strides[axis], strides });
  k.copy(x, at(0), out, at(shift), x.shape.with(axis, length - shift));
  if (shift > 0) k.copy(x, at(length - shift), out, at(0), x.shape.with(axis, shift));
  return out;
}

const listed = (value: number | readonly number[]): readonly number[] =>
  typeof value === 'number' ? [value] : [...value];
const flat = (x: Tensor): Shape => [x.size];

/**
 * x with its elements moved on by `shifts` along axes; those that leave at the end come in at the beginning, as
 * torch.roll. Without axes the flattened elements are moved.
 * @param shifts a whole number for each axis, of either sign
 * @throws ShapeError
 * @example
 * ```ts
 * ops.roll(gpu.tensor([1, 2, 3]), 1); // → [3, 1, 2]
 * ```
 */
export const roll = defineOp({
  name: 'roll',
  takes: { x: words, shifts: axes, axes: optional(axes) },
  parse: (...[x, shifts, axes]: RollArgs) => {
    const by = listed(shifts);
    const along = axes === undefined ? undefined : listed(axes);
    const wanted = along?.length ?? 1;
    if (by.length !== wanted || by.length === 0 || !by.every(Number.isInteger))
      throw new ShapeError(
        `roll: shifts [${by}] are not whole numbers, one for ${along ? `each of the axes [${along}]` : 'the flattened tensor'}`,
      );
    const rolls = along?.map((axis, i) => [normalizeAxis('roll', axis, x.shape.length), by[i]] as const);
    return { inputs: [x] as const, attrs: { isFlat: !rolls, rolls: rolls ?? [[0, by[0]] as const] } };
  },
  shape: ({ inputs: [x] }) => x.shape,
  forward: (k, { inputs: [x], attrs: { isFlat, rolls } }) =>
    rolled(k, isFlat ? x.alias(flat(x)) : x, rolls).alias(x.shape),
  backward: (k, { grad, attrs: { isFlat, rolls } }) => {
    const back = rolls.map(([axis, by]) => [axis, -by] as const);
    return [rolled(k, isFlat ? grad.alias(flat(grad)) : grad, back).alias(grad.shape)];
  },
  samples: () => [
    sample<RollArgs>('the flattened tensor', randn([2, 3]), 2),
    sample<RollArgs>('two axes', randn([3, 4]), [-1, 5], [0, 1]),
  ],
});
