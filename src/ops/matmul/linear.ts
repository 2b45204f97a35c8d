import { oneOf, optional, options } from '../../tensor/guard';
import { floats } from '../../tensor/guard-tensor';
import { formatShape, type Shape, ShapeError, sizeOf } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import { type Activated, defineOp } from '../define';
import { positionsLast } from '../factors';
import { randn, sample } from '../sample';
import { perSampleProducts } from './linear-squares';
import { multiply } from './product';

type Args = readonly [x: Tensor, weight: Tensor, bias?: Tensor, options?: Activated];

/** Rows of [..., features], also where there are no features. */
const rowsIn = (shape: Shape): number => sizeOf(shape.slice(0, -1));

/** A single row has no axis of samples. @throws ShapeError */
function checkBatched(x: Tensor): void {
  if (x.shape.length > 1) return;
  throw new ShapeError(
    `linear: gradients of single samples need an axis of samples, got the input ${formatShape(x.shape)}; give [1, ${x.shape[0]}]`,
  );
}

/**
 * y = x · weightᵀ + bias over the last axis; x [..., I], weight [O, I], bias [O], as PyTorch's F.linear. x may be one
 * row [I].
 * @example
 * ```ts
 * const weight = gpu.tensor([[1, 2], [3, 4], [5, 6]]);
 * ops.linear(gpu.tensor([[1, 1]]), weight, gpu.tensor([0, 0, 1])); // → [[3, 7, 12]]
 * ```
 */
export const linear = defineOp({
  name: 'linear',
  takes: {
    x: floats,
    weight: floats,
    bias: optional(floats),
    options: optional(options({ activation: optional(oneOf('relu')) })),
  },
  parse: (...[x, weight, bias, options = {}]: Args) => ({
    inputs: [x, weight, bias] as const,
    attrs: options,
  }),
  shape: ({ inputs: [x, weight, bias] }) => {
    const width = x.shape.at(-1);
    if (x.shape.length < 1 || weight.shape.length !== 2 || width !== weight.shape[1]) {
      const of = `(weight shape ${formatShape(weight.shape)}, [out, in])`;
      throw new ShapeError(
        `linear: input ${formatShape(x.shape)} has ${width ?? 'no'} features, weight expects ${weight.shape[1]} ${of}`,
      );
    }
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== weight.shape[0])) {
      throw new ShapeError(
        `linear: bias ${formatShape(bias.shape)} does not fit weight ${formatShape(weight.shape)}`,
      );
    }
    return [...x.shape.slice(0, -1), weight.shape[0]];
  },
  forward: (_, { inputs: [x, weight, bias], attrs: { activation }, shape }) => {
    const rows = x.alias([rowsIn(x.shape), weight.shape[1]]);
    const product = multiply(rows, weight, { transposeB: true, bias, relu: activation === 'relu' });
    const out = product.alias(shape);
    rows.dispose();
    product.dispose();
    return out;
  },
  backward: (k, { grad, inputs: [x, weight], needs }) => {
    const [outputs, features] = weight.shape;
    const g = grad.alias([rowsIn(grad.shape), outputs]);
    const rows = x.alias([rowsIn(x.shape), features]);
    return [
      needs[0] ? multiply(g, weight).alias(x.shape) : undefined,
      needs[1] ? multiply(g, rows, { transposeA: true }) : undefined,
      needs[2] ? k.reduce('sum', g, [0]) : undefined,
    ];
  },
  // Σ_n g² x² is exact where a sample is one row; with several rows a sample they are summed before the square.
  perSample: (k, { grad, inputs: [x, weight], needs }) => {
    checkBatched(x);
    const [outputs, features] = weight.shape;
    const samples = grad.shape[0];
    if (grad.shape.length === 2) {
      return [
        undefined,
        needs[1] ? multiply(grad, x, { transposeA: true, squared: true }) : undefined,
        needs[2] ? k.reduce('sum', k.elementwise('g * g', { g: grad }), [0]) : undefined,
      ];
    }
    const g = grad.alias([1, samples, rowsIn(grad.shape.slice(1)), outputs]);
    const rows = x.alias([1, samples, rowsIn(x.shape.slice(1)), features]);
    return [
      undefined,
      needs[1] ? perSampleProducts(k, g, rows).alias(weight.shape) : undefined,
      needs[2] ? k.reduce('sum', k.elementwise('x * x', { x: k.reduce('sum', g, [2]) }), [0, 1]) : undefined,
    ];
  },
  factors: (k, { grad, inputs: [x], needs, range }) => {
    checkBatched(x);
    const output = positionsLast(k, grad, range);
    return [
      undefined,
      needs[1] ? { output, input: positionsLast(k, x, range) } : undefined,
      needs[2] ? { output } : undefined,
    ];
  },
  samples: () => [
    sample<Args>('with bias', randn([5, 7]), randn([3, 7]), randn([3])),
    sample<Args>('without bias', randn([2, 9]), randn([4, 9])),
    sample<Args>('batch of 1', randn([1, 4]), randn([2, 4]), randn([2])),
    sample<Args>('several rows a sample', randn([2, 3, 5]), randn([4, 5]), randn([4])),
    sample<Args>('more rows than a tile', randn([20, 11]), randn([17, 11]), randn([17])),
    sample<Args>('with ReLU', randn([5, 7]), randn([3, 7]), randn([3]), {
      activation: 'relu',
    }),
  ],
});
