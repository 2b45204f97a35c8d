import { aFlag, optional, options } from '../../tensor/guard';
import { floats } from '../../tensor/guard-tensor';
import type { Tensor } from '../../tensor/tensor';
import { defineOp } from '../define';
import { randn, sample } from '../sample';
import { type MatmulOptions, matmulProblem } from './problem';
import { multiply } from './product';

type Args = readonly [a: Tensor, b: Tensor, options?: MatmulOptions];

/** Matrix product over the last two axes, a [..., M, K] · b [..., K, N]; batch axes broadcast, transposes are free. */
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
  backward: (k, { grad: g, inputs: [a, b], attrs: { transposeA: ta, transposeB: tb }, needs }) => [
    needs[0]
      ? k.sumTo(
          ta ? multiply(b, g, { transposeA: tb, transposeB: true }) : multiply(g, b, { transposeB: !tb }),
          a.shape,
        )
      : undefined,
    needs[1]
      ? k.sumTo(
          tb ? multiply(g, a, { transposeA: true, transposeB: ta }) : multiply(a, g, { transposeA: !ta }),
          b.shape,
        )
      : undefined,
  ],
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
