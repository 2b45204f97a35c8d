import { aFlag, optional, options } from '../../tensor/guard';
import { floats } from '../../tensor/guard-tensor';
import type { Kernels } from '../../tensor/kernels';
import type { Tensor } from '../../tensor/tensor';
import { type Call, defineOp } from '../define';
import { randn, sample } from '../sample';
import { operandFactors, operandSquares } from './per-sample';
import { type MatmulOptions, matmulProblem } from './problem';
import { multiply } from './product';

type Args = readonly [a: Tensor, b: Tensor, options?: MatmulOptions];

type ProductCall = Call<readonly [Tensor, Tensor], Required<MatmulOptions>>;

/** Gradient of an operand, summed over the batch axes that it lacks. */
function operandGradient(
  k: Kernels,
  g: Tensor,
  { inputs: [a, b], attrs: { transposeA: ta, transposeB: tb } }: ProductCall,
  which: 0 | 1,
): Tensor {
  const product =
    which === 0
      ? ta
        ? multiply(b, g, { transposeA: tb, transposeB: true })
        : multiply(g, b, { transposeB: !tb })
      : tb
        ? multiply(g, a, { transposeA: true, transposeB: ta })
        : multiply(a, g, { transposeA: !ta });
  return k.sumTo(product, (which === 0 ? a : b).shape);
}

/**
 * Matrix product over the last two axes, a [..., M, K] · b [..., K, N]; batch axes broadcast, transposes are free. Per sample, axis 0 of the
 * result is the sample; what a parameter does at several places of it is added up before the square.
 */
export const matmul = defineOp({
  name: 'matmul',
  takes: {
    a: floats,
    b: floats,
    options: optional(options({ transposeA: optional(aFlag), transposeB: optional(aFlag) })),
  },
  parse: (...[a, b, { transposeA = false, transposeB = false } = {}]: Args) => ({
    inputs: [a, b] as const,
    attrs: { transposeA, transposeB },
  }),
  shape: ({ inputs: [a, b], attrs }) => matmulProblem(a.shape, b.shape, attrs).shape,
  forward: (_, { inputs: [a, b], attrs }) => multiply(a, b, attrs),
  backward: (k, { grad, needs, ...call }) => [
    needs[0] ? operandGradient(k, grad, call, 0) : undefined,
    needs[1] ? operandGradient(k, grad, call, 1) : undefined,
  ],
  perSample: (k, { grad, needs, inputs, attrs }) =>
    ([0, 1] as const).map((which) => {
      const whole = () => operandGradient(k, grad, { inputs, attrs }, which);
      return needs[which] ? operandSquares(k, { inputs, attrs, grad }, which, whole) : undefined;
    }),
  factors: (k, { needs, range, ...call }) =>
    ([0, 1] as const).map((which) => (needs[which] ? operandFactors(k, call, which, range) : undefined)),
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
    sample<Args>('batch axes against each other', randn([2, 1, 3, 4]), randn([3, 4, 2])),
  ],
});
