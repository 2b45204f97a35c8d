import { aNumber, optional } from '../tensor/guard';
import { floats } from '../tensor/guard-tensor';
import { scalarAxis } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { randn, sample, values } from './sample';
import { softmax } from './softmax';

type Args = [x: Tensor, axis?: number];

/**
 * e⁻ˣ / Σ e⁻ˣ along an axis, by default the last one, without overflow; as torch's softmin. x: any shape, f32 or f16.
 * @example
 * ```ts
 * ops.softmin(gpu.tensor([[0, Math.log(3)]])); // → [[0.750, 0.250]]
 * ```
 */
export const softmin = defineOp({
  name: 'softmin',
  takes: { x: floats, axis: optional(aNumber) },
  parse: (...[x, axis = -1]: Args) => ({
    inputs: [x] as const,
    attrs: { axis: scalarAxis('softmin', axis, x.shape.length) },
  }),
  shape: ({ inputs: [x] }) => x.shape,
  forward: (k, { inputs: [x], attrs: { axis } }) =>
    k.gpu.scope(() => softmax(k.elementwise('-x', { x }), axis)),
  backward: (k, { grad: g, output: y, attrs: { axis } }) =>
    k.gpu.scope(() => {
      const axes = y.shape.length === 0 ? [] : [axis];
      const total = k.reduce('sum', k.elementwise('g * y', { g, y }), axes, true);
      return [k.elementwise('y * (total - g)', { y, total, g })];
    }),
  samples: () => [
    sample<Args>('the last axis by default', randn([5, 7])),
    sample<Args>('a middle axis', randn([2, 5, 3]), 1),
    sample<Args>('one element', randn([])),
    sample<Args>('large values', values([2, 3], [900, 901, 899.5, -1000, -1001, -990]), 1),
  ],
});
