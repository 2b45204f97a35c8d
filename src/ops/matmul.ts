import type { Kernel } from '../../runtime/kernel';
import perSampleSource from '../../shaders/linear_per_sample.wgsl';
import type { Kernels } from '../tensor/kernels';
import type { MatmulOptions } from '../tensor/matmul';
import { matmulProblem, matmul as multiply } from '../tensor/matmul';
import { formatShape, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { type Activated, defineOp } from './define';
import { positionsLast } from './factors';
import { randn, sample } from './sample';

const perSample: Kernel = { name: 'linear.perSample', source: perSampleSource };

/** Σ_n (g[n]ᵀ · x[n])² elementwise, for g [N, S, O] and x [N, S, I]. */
function perSampleProducts(k: Kernels, g: Tensor, x: Tensor): Tensor {
  const [samples, rows, outputs] = g.shape;
  const inputs = x.shape[2];
  const out = k.empty([outputs, inputs]);
  const groups = Math.ceil((outputs * Math.ceil(inputs / 4)) / 64);
  k.run(perSample, {
    outputs: [out],
    inputs: [g, x],
    uniforms: [samples, rows, outputs, inputs],
    groups,
    flops: 2 * samples * rows * outputs * inputs,
  });
  return out;
}

/** Matrix product over the last two axes, a [..., M, K] · b [..., K, N]; batch axes broadcast, transposes are free. */
export const matmul = defineOp({
  name: 'matmul',
  parse: (a: Tensor, b: Tensor, { transposeA = false, transposeB = false }: MatmulOptions = {}) => ({
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
    sample<[Tensor, Tensor, MatmulOptions?]>('small, odd', randn([3, 5]), randn([5, 7])),
    sample<[Tensor, Tensor, MatmulOptions?]>('one row', randn([1, 9]), randn([9, 4])),
    sample<[Tensor, Tensor, MatmulOptions?]>('larger than a tile', randn([19, 33]), randn([33, 17])),
    sample<[Tensor, Tensor, MatmulOptions?]>('first transposed', randn([5, 3]), randn([5, 7]), {
      transposeA: true,
    }),
    sample<[Tensor, Tensor, MatmulOptions?]>('second transposed', randn([3, 5]), randn([7, 5]), {
      transposeB: true,
    }),
    sample<[Tensor, Tensor, MatmulOptions?]>('both transposed', randn([5, 3]), randn([7, 5]), {
      transposeA: true,
      transposeB: true,
    }),
    sample<[Tensor, Tensor, MatmulOptions?]>('batched', randn([2, 3, 4, 5]), randn([2, 3, 5, 2])),
    sample<[Tensor, Tensor, MatmulOptions?]>('one matrix against a batch', randn([4, 5]), randn([3, 5, 2])),
    sample<[Tensor, Tensor, MatmulOptions?]>(
      'batch axes against each other',
      randn([2, 1, 3, 4]),
      randn([3, 4, 2]),
    ),
  ],
});

/** y = x · weightᵀ + bias over the last axis; x [..., I], weight [O, I], bias [O], as PyTorch's F.linear. */
export const linear = defineOp({
  name: 'linear',
  parse: (x: Tensor, weight: Tensor, bias: Tensor | undefined = undefined, options: Activated = {}) => ({
    inputs: [x, weight, bias] as const,
    attrs: options,
  }),
  shape: ({ inputs: [x, weight, bias] }) => {
    const width = x.shape.at(-1);
    if (x.shape.length < 2 || weight.shape.length !== 2 || width !== weight.shape[1]) {
      const of = `(weight shape ${formatShape(weight.shape)}, [out, in])`;
      throw new ShapeError(
        `linear: input ${formatShape(x.shape)} has ${width} features, weight expects ${weight.shape[1]} ${of}`,
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
    const features = weight.shape[1];
    const rows = x.view([x.size / features, features]);
    const product = multiply(rows, weight, { transposeB: true, bias, relu: activation === 'relu' });
    const out = product.view(shape);
    rows.dispose();
    product.dispose();
    return out;
  },
  backward: (k, { grad, inputs: [x, weight], needs }) => {
    const [outputs, features] = weight.shape;
    const g = grad.view([grad.size / outputs, outputs]);
    const rows = x.view([x.size / features, features]);
    return [
      needs[0] ? multiply(g, weight).view(x.shape) : undefined,
      needs[1] ? multiply(g, rows, { transposeA: true }) : undefined,
      needs[2] ? k.reduce('sum', g, [0]) : undefined,
    ];
  },
  // Σ_n g² x² is exact where a sample is one row; with several rows a sample they are summed before the square.
  perSample: (k, { grad, inputs: [x, weight], needs }) => {
    const [outputs, features] = weight.shape;
    const samples = grad.shape[0];
    if (grad.shape.length === 2) {
      return [
        undefined,
        needs[1] ? multiply(grad, x, { transposeA: true, squared: true }) : undefined,
        needs[2] ? k.reduce('sum', k.elementwise('g * g', { g: grad }), [0]) : undefined,
      ];
    }
    const g = grad.view([samples, grad.size / outputs / samples, outputs]);
    const rows = x.view([samples, x.size / features / samples, features]);
    return [
      undefined,
      needs[1] ? perSampleProducts(k, g, rows) : undefined,
      needs[2] ? k.reduce('sum', k.elementwise('x * x', { x: k.reduce('sum', g, [1]) }), [0]) : undefined,
    ];
  },
  factors: (k, { grad, inputs: [x], needs, range }) => {
    const output = positionsLast(k, grad, range);
    return [
      undefined,
      needs[1] ? { output, input: positionsLast(k, x, range) } : undefined,
      needs[2] ? { output } : undefined,
    ];
  },
  samples: () => [
    sample<[Tensor, Tensor, Tensor?, Activated?]>('with bias', randn([5, 7]), randn([3, 7]), randn([3])),
    sample<[Tensor, Tensor, Tensor?, Activated?]>('without bias', randn([2, 9]), randn([4, 9])),
    sample<[Tensor, Tensor, Tensor?, Activated?]>('batch of 1', randn([1, 4]), randn([2, 4]), randn([2])),
    sample<[Tensor, Tensor, Tensor?, Activated?]>(
      'several rows a sample',
      randn([2, 3, 5]),
      randn([4, 5]),
      randn([4]),
    ),
    sample<[Tensor, Tensor, Tensor?, Activated?]>(
      'more rows than a tile',
      randn([20, 11]),
      randn([17, 11]),
      randn([17]),
    ),
    sample<[Tensor, Tensor, Tensor?, Activated?]>('with ReLU', randn([5, 7]), randn([3, 7]), randn([3]), {
      activation: 'relu',
    }),
  ],
});
