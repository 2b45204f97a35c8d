import { aFlag, optional, options } from '../../tensor/guard';
import { floats } from '../../tensor/guard-tensor';
import type { Kernels } from '../../tensor/kernels';
import { sizeOf } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import { type Call, defineOp } from '../define';
import { randn, sample } from '../sample';
import { attrsOf, isVector, type MatmulAttrs, matricesOf, productShape, sampleProduct } from './operands';
import { operandFactors, operandSquares } from './per-sample';
import type { MatmulOptions } from './problem';
import { multiply } from './product';

type Args = readonly [a: Tensor, b: Tensor, options?: MatmulOptions];
type MatmulCall = Call<readonly [Tensor, Tensor], MatmulAttrs>;

/** Whether all matrices of a are multiplied by the one that b is. */
const isOneMatrix = (a: Tensor, b: Tensor): boolean =>
  a.shape.length > 2 && a.shape.length >= b.shape.length && sizeOf(b.shape.slice(0, -2)) === 1;

/** All rows as one matrix: their sum is then one product, and no product of each batch is laid out. */
const rowsOf = (x: Tensor): Tensor => {
  const [rows, features] = [sizeOf(x.shape.slice(0, -1)), x.shape[x.shape.length - 1]];
  return x.alias([rows, features]);
};

/** Gradient of an operand, summed over the batch axes that it lacks. */
function operandGradient(k: Kernels, grad: Tensor, { inputs, attrs }: MatmulCall, which: 0 | 1): Tensor {
  const { transposeA: ta, transposeB: tb, rows, columns } = attrs;
  const [a, b] = matricesOf(inputs, attrs);
  const g = inputs.some(isVector) ? grad.alias(productShape(attrs)) : grad;
  const ofA = () =>
    ta ? multiply(b, g, { transposeA: tb, transposeB: true }) : multiply(g, b, { transposeB: !tb });
  const isWhole = which === 1 && !ta && isOneMatrix(a, b);
  const [left, right] = isWhole ? [rowsOf(a), rowsOf(g)] : [a, g];
  const ofB = () =>
    tb
      ? multiply(right, left, { transposeA: true, transposeB: ta })
      : multiply(left, right, { transposeA: !ta });
  const sumB = () => (isWhole ? ofB().alias(columns) : k.sumTo(ofB(), columns));
  const sum = which === 0 ? k.sumTo(ofA(), rows) : sumB();
  return isVector(inputs[which]) ? sum.alias(inputs[which].shape) : sum;
}

/**
 * Matrix product over the last two axes, a [..., M, K] · b [..., K, N]; batch axes broadcast, transposes are free. As in
 * torch.matmul a vector a [K] is a row and a vector b [K] a column, whose axis the result does not have: two give []. Per
 * sample, axis 0 of the result is the sample; what a parameter does at several places of it is added up before the square.
 * @throws ShapeError
 * @example
 * ```ts
 * const a = gpu.tensor([[1, 2], [3, 4]]);
 * ops.matmul(a, gpu.tensor([[5], [6]])); // → [[17], [39]]
 * ops.matmul(a, a, { transposeB: true }); // → [[5, 11], [11, 25]]
 * ```
 */
export const matmul = defineOp({
  name: 'matmul',
  takes: {
    a: floats,
    b: floats,
    options: optional(options({ transposeA: optional(aFlag), transposeB: optional(aFlag) })),
  },
  parse: (...[a, b, options = {}]: Args) => ({
    inputs: [a, b] as const,
    attrs: attrsOf(a, b, options),
  }),
  shape: ({ inputs: [a, b], attrs }) => {
    const shape = productShape(attrs);
    const rank = shape.length;
    return shape.filter(
      (_, axis) => !(isVector(a) && axis === rank - 2) && !(isVector(b) && axis === rank - 1),
    );
  },
  forward: (k, { inputs, attrs, shape }) =>
    inputs.some(isVector)
      ? k.gpu.scope(() => multiply(...matricesOf(inputs, attrs), attrs).alias(shape))
      : multiply(...inputs, attrs),
  backward: (k, { grad, needs, ...call }) => [
    needs[0] ? operandGradient(k, grad, call, 0) : undefined,
    needs[1] ? operandGradient(k, grad, call, 1) : undefined,
  ],
  perSample: (k, { grad, needs, inputs, attrs }) =>
    ([0, 1] as const).map((which) => {
      if (!needs[which]) return undefined;
      const whole = () => operandGradient(k, grad, { inputs, attrs }, which);
      const { product, place } = sampleProduct({ inputs, attrs, grad }, which);
      return operandSquares(k, product, place, whole).alias(inputs[which].shape);
    }),
  factors: (k, { needs, range, ...call }) =>
    ([0, 1] as const).map((which) => {
      if (!needs[which]) return undefined;
      const { product, place } = sampleProduct(call, which);
      return operandFactors(k, product, place, range);
    }),
  samples: () => [
    sample<Args>('small, odd', randn([3, 5]), randn([5, 7])),
    sample<Args>('one row', randn([1, 9]), randn([9, 4])),
    sample<Args>('larger than a tile', randn([19, 33]), randn([33, 17])),
    sample<Args>('first transposed', randn([5, 3]), randn([5, 7]), {
      transposeA: true,
    }),
    sample<Args>('second transposed', randn([3, 5]), randn([7, 5]), {
      transposeB: true,
    }),
    sample<Args>('both transposed', randn([5, 3]), randn([7, 5]), {
      transposeA: true,
      transposeB: true,
    }),
    sample<Args>('batched', randn([2, 3, 4, 5]), randn([2, 3, 5, 2])),
    sample<Args>('one matrix against a batch', randn([4, 5]), randn([3, 5, 2])),
    sample<Args>('a batch against one matrix', randn([2, 3, 4]), randn([4, 2])),
    sample<Args>('batches against one matrix, transposed', randn([2, 2, 3, 4]), randn([1, 2, 4]), {
      transposeB: true,
    }),
    sample<Args>('batch axes against each other', randn([2, 1, 3, 4]), randn([3, 4, 2])),
    sample<Args>('two vectors', randn([6]), randn([6])),
    sample<Args>('a matrix and a vector', randn([3, 5]), randn([5])),
    sample<Args>('a vector and transposed matrices', randn([5]), randn([2, 4, 5]), { transposeB: true }),
  ],
});
