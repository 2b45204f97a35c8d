import { aFlag, optional, options } from '../../tensor/guard';
import { floats } from '../../tensor/guard-tensor';
import type { Shape } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import { defineOp } from '../define';
import { randn, sample } from '../sample';
import { type MatmulOptions, matmulProblem } from './problem';
import { multiply } from './product';

type Args = readonly [a: Tensor, b: Tensor, options?: MatmulOptions];

interface Attrs extends Required<MatmulOptions> {
  /** Shapes of the operands as matrices: a vector a is a row, a vector b a column. */
  readonly rows: Shape;
  readonly columns: Shape;
}

const isVector = ({ shape }: Tensor): boolean => shape.length === 1;

/** The options of a product of these operands; there is nothing to transpose of a vector. */
function attrsOf(a: Tensor, b: Tensor, { transposeA = false, transposeB = false }: MatmulOptions): Attrs {
  return {
    transposeA: transposeA && !isVector(a),
    transposeB: transposeB && !isVector(b),
    rows: isVector(a) ? [1, ...a.shape] : a.shape,
    columns: isVector(b) ? [...b.shape, 1] : b.shape,
  };
}

/** Operands as matrices: views of vectors. */
const asMatrices = (a: Tensor, b: Tensor, { rows, columns }: Attrs): [Tensor, Tensor] => [
  isVector(a) ? a.alias(rows) : a,
  isVector(b) ? b.alias(columns) : b,
];

/**
 * Matrix product over the last two axes, a [..., M, K] · b [..., K, N]; batch axes broadcast, transposes are free. As in
 * torch.matmul a vector a [K] is a row and a vector b [K] a column, whose axis the result does not have: two give [].
 * @throws ShapeError
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
    const { shape } = matmulProblem(attrs.rows, attrs.columns, attrs);
    const rank = shape.length;
    return shape.filter(
      (_, axis) => !(isVector(a) && axis === rank - 2) && !(isVector(b) && axis === rank - 1),
    );
  },
  forward: (k, { inputs: [a, b], attrs, shape }) =>
    isVector(a) || isVector(b)
      ? k.gpu.scope(() => multiply(...asMatrices(a, b, attrs), attrs).alias(shape))
      : multiply(a, b, attrs),
  backward: (k, { grad, inputs, attrs, needs }) => {
    const { transposeA: ta, transposeB: tb, rows, columns } = attrs;
    const [a, b] = asMatrices(...inputs, attrs);
    const { shape } = matmulProblem(rows, columns, attrs);
    const g = inputs.some(isVector) ? grad.alias(shape) : grad;
    const toA = () =>
      ta ? multiply(b, g, { transposeA: tb, transposeB: true }) : multiply(g, b, { transposeB: !tb });
    const toB = () =>
      tb ? multiply(g, a, { transposeA: true, transposeB: ta }) : multiply(a, g, { transposeA: !ta });
    const [da, db] = [
      needs[0] ? k.sumTo(toA(), rows) : undefined,
      needs[1] ? k.sumTo(toB(), columns) : undefined,
    ];
    return [
      isVector(inputs[0]) ? da?.alias(inputs[0].shape) : da,
      isVector(inputs[1]) ? db?.alias(inputs[1].shape) : db,
    ];
  },
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
    sample<Args>('two vectors', randn([6]), randn([6])),
    sample<Args>('a matrix and a vector', randn([3, 5]), randn([5])),
    sample<Args>('a vector and transposed matrices', randn([5]), randn([2, 4, 5]), { transposeB: true }),
  ],
});
