import { floats, floatsOrNumber, words } from '../tensor/guard-tensor';
import { broadcastShapes, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { indices, randn, sample } from './sample';

type Args = [x: Tensor, mask: Tensor, value: Tensor | number];

/**
 * x where the mask is 0, and `value` where it is not, as torch.masked_fill; x and mask are broadcast.
 * @param x any shape, f32 or f16
 * @param mask f32, f16, i32 or u32
 * @param value a number, or a tensor of one that has no axes
 * @throws ShapeError
 * @example
 * ```ts
 * const mask = gpu.tensor(Int32Array.of(0, 1, 0), [3]);
 * ops.maskedFill(gpu.tensor([1, 2, 3]), mask, -1); // → [1, -1, 3]
 * ```
 */
export const maskedFill = defineOp({
  name: 'maskedFill',
  takes: { x: floats, mask: words, value: floatsOrNumber },
  parse: (...[x, mask, value]: Args) => {
    const isNumber = typeof value === 'number';
    return {
      inputs: [x, mask, isNumber ? undefined : value] as const,
      attrs: (isNumber ? { value } : {}) as Readonly<Record<string, number>>,
    };
  },
  shape: ({ inputs: [x, mask, value] }) => {
    if (value && value.shape.length > 0)
      throw new ShapeError(`maskedFill: value is ${value}, expected a number or a tensor without axes`);
    return broadcastShapes('maskedFill', x.shape, mask.shape);
  },
  forward: (k, { inputs: [x, mask, value], attrs, shape }) =>
    k.elementwise(
      'select(x, value, is_true(f32(mask)))',
      { x, mask, ...(value && { value }) },
      { shape, scalars: attrs },
    ),
  backward: (k, { grad: g, inputs: [x, mask, value], needs }) => {
    const of = (rule: string) => k.elementwise(rule, { g, mask });
    return [
      needs[0] ? k.sumTo(of('select(g, 0.0, is_true(f32(mask)))'), x.shape) : undefined,
      undefined,
      value && needs[2] ? k.sumTo(of('select(0.0, g, is_true(f32(mask)))'), value.shape) : undefined,
    ];
  },
  samples: () => [
    sample<Args>('a number', randn([3, 4]), indices([3, 4], 2), -2),
    sample<Args>('a tensor, and a mask for all rows', randn([3, 4]), indices([4], 2), randn([])),
  ],
});
