import { describe, expect, test } from 'vitest';
import { GradientError } from '../../src/autograd/backward';
import { perSampleFactors, perSampleSquares } from '../../src/autograd/per-sample';
import { multiply } from '../../src/ops/matmul/product';
import {
  add,
  div,
  einsum,
  embedding,
  groupNorm,
  instanceNorm,
  layerNorm,
  linear,
  matmul,
  mul,
  reshape,
  rmsNorm,
  scaledDotProductAttention,
} from '../../src/ops/table';
import { Random } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';
import { expectClose } from '../reference/close';
import { type Ref, ref, size } from '../reference/ref';
import { download, useDevice } from './device';
import { row, squaresOneByOne } from './per-sample';

const device = useDevice();
const SAMPLES = 5;
const CLOSE = { relative: 1e-4, absolute: 1e-6 };

function normal(shape: readonly number[], stream: number): Ref {
  const random = new Random(5, stream);
  return ref(
    shape,
    Array.from({ length: size(shape) }, () => Math.fround(random.normal())),
  );
}

interface Case {
  readonly title: string;
  /** Of a sample. */
  readonly input: readonly number[];
  readonly parameters: readonly (readonly number[])[];
  readonly call: (x: Tensor, parameters: readonly Tensor[]) => Tensor;
  /** Below which the input's whole numbers are. */
  readonly tokens?: number;
}

const CASES: readonly Case[] = [
  {
    title: 'layerNorm of sequences',
    input: [4, 6],
    parameters: [[6], [6]],
    call: (x, [weight, bias]) => layerNorm(x, 6, { weight, bias }),
  },
  {
    title: 'layerNorm of vectors',
    input: [7],
    parameters: [[7], [7]],
    call: (x, [weight, bias]) => layerNorm(x, 7, { weight, bias }),
  },
  {
    title: 'layerNorm over two axes',
    input: [3, 2, 4],
    parameters: [[2, 4]],
    call: (x, [weight]) => layerNorm(x, [2, 4], { weight }),
  },
  {
    title: 'rmsNorm of sequences',
    input: [4, 6],
    parameters: [[6]],
    call: (x, [weight]) => rmsNorm(x, 6, { weight }),
  },
  {
    title: 'groupNorm of images',
    input: [4, 3, 5],
    parameters: [[4], [4]],
    call: (x, [weight, bias]) => groupNorm(x, 2, { weight, bias }),
  },
  {
    title: 'groupNorm of planes larger than a workgroup',
    input: [2, 9, 9],
    parameters: [[2], [2]],
    call: (x, [weight, bias]) => groupNorm(x, 1, { weight, bias }),
  },
  {
    title: 'instanceNorm of sequences',
    input: [3, 6],
    parameters: [[3], [3]],
    call: (x, [weight, bias]) => instanceNorm(x, { weight, bias }),
  },
  {
    title: 'embedding of sequences, some tokens of them padding',
    input: [4],
    tokens: 3,
    parameters: [[3, 5]],
    call: (x, [weight]) => embedding(x, weight, { paddingIdx: -2 }),
  },
  {
    title: 'linear of sequences',
    input: [4, 6],
    parameters: [[3, 6], [3]],
    call: (x, [weight, bias]) => linear(x, weight, bias),
  },
  {
    title: 'linear of sequences of sequences',
    input: [2, 3, 6],
    parameters: [[3, 6], [3]],
    call: (x, [weight, bias]) => linear(x, weight, bias),
  },
  {
    title: 'add of a row to each token',
    input: [4, 6],
    parameters: [[4, 6]],
    call: (x, [places]) => add(x, places),
  },
  {
    title: 'a factor of channels, and a divisor',
    input: [3, 4],
    parameters: [[3, 1], [4]],
    call: (x, [factor, divisor]) => div(mul(factor, x), divisor),
  },
  {
    title: 'matmul of vectors',
    input: [6],
    parameters: [[6, 3]],
    call: (x, [w]) => matmul(x, w),
  },
  {
    title: 'matmul of sequences',
    input: [4, 6],
    parameters: [[6, 3]],
    call: (x, [w]) => matmul(x, w),
  },
  {
    title: 'matmul of sequences, both transposed',
    input: [6, 4],
    parameters: [[3, 6]],
    call: (x, [w]) => matmul(x, w, { transposeA: true, transposeB: true }),
  },
  {
    title: 'matmul with a matrix for each head',
    input: [2, 4, 6],
    parameters: [[2, 6, 3]],
    call: (x, [w]) => matmul(x, w),
  },
  {
    title: 'matmul with a matrix for each head, of several sequences',
    input: [2, 3, 4, 6],
    parameters: [[2, 1, 3, 6]],
    call: (x, [w]) => matmul(x, w, { transposeB: true }),
  },
  {
    title: 'einsum of sequences',
    input: [4, 6],
    parameters: [[6, 3]],
    call: (x, [w]) => einsum('ntd,de->nte', x, w),
  },
  {
    title: 'einsum of sequences, a row of the matrix for each output',
    input: [2, 4, 6],
    parameters: [[3, 6]],
    call: (x, [w]) => einsum('nstd,ed->nste', x, w),
  },
  {
    title: 'matmul from the left',
    input: [6, 4],
    parameters: [[3, 6]],
    call: (x, [w]) => matmul(w, x),
  },
  {
    title: 'matmul from the left, both transposed',
    input: [2, 4, 6],
    parameters: [[2, 6, 3]],
    call: (x, [w]) => matmul(w, x, { transposeA: true, transposeB: true }),
  },
];

/** A sample's input on the GPU. */
const upload = (x: Ref, tokens: number | undefined): Tensor =>
  tokens ? device.integers([...x.data], x.shape) : device.upload(x);

function inputOf({ input, tokens }: Case): Ref {
  const x = normal([SAMPLES, ...input], 1);
  return tokens
    ? ref(
        x.shape,
        x.data.map((value) => Math.floor(Math.abs(7 * value)) % tokens),
      )
    : x;
}

describe.each(CASES)('parameters of $title', (one) => {
  const { call, parameters, tokens } = one;
  const make = async () => {
    const x = inputOf(one);
    const leaves = parameters.map((shape, i) => device.upload(normal(shape, 2 + i), true));
    const start = normal(call(upload(x, tokens), leaves).shape, 9);
    const expected = await squaresOneByOne(SAMPLES, leaves, (n) => ({
      output: call(upload(row(x, n), tokens), leaves),
      start: device.upload(row(start, n)),
    }));
    return { output: call(upload(x, tokens), leaves), leaves, start: device.upload(start), expected };
  };

  test('have the squares of single-sample passes', async () => {
    const { output, leaves, start, expected } = await make();
    const found = perSampleSquares(output, start, new Set(leaves));
    for (const [i, leaf] of leaves.entries())
      expectClose(await download(found.get(leaf) ?? leaf), expected[i], CLOSE);
    expect(Math.max(...expected.flatMap(({ data }) => [...data]))).toBeGreaterThan(0.1);
  });

  test('have factors whose products are the gradients of single samples', async () => {
    const { output, leaves, start, expected } = await make();
    const calls = perSampleFactors(output, start, new Set(leaves));
    for (const [i, leaf] of leaves.entries()) {
      const total = ref(leaf.shape, new Float64Array(leaf.size));
      for (const [from, to] of [
        [0, 2],
        [2, SAMPLES],
      ] as const) {
        const own = calls.find(({ parameters: named }) => named.includes(leaf));
        const factors = own?.factors(from, to)[own.parameters.indexOf(leaf)];
        if (!factors) throw new Error('no factors');
        const { kernels: k } = device.gpu;
        const gradients = factors.input
          ? multiply(factors.output, factors.input, { transposeB: true })
          : k.reduce('sum', factors.output, [3]);
        for (const [at, value] of (await gradients.data()).entries())
          total.data[at % leaf.size] += value ** 2;
      }
      expectClose(total, expected[i], CLOSE);
    }
  });
});

describe('samples that are not on the first axis', () => {
  test('are refused: a layer that is called on all tokens at once', () => {
    const weight = device.gpu.ones([3, 6], { requiresGrad: true });
    const x = device.gpu.ones([SAMPLES, 4, 6]);
    const y = reshape(linear(reshape(x, [SAMPLES * 4, 6]), weight), [SAMPLES, 4, 3]);
    const squares = () => perSampleSquares(y, device.gpu.ones(y.shape), new Set([weight]));
    expect(squares).toThrow(GradientError);
    expect(squares).toThrow('a call of linear has 20 rows for 5 samples; keep the samples on the first axis');
  });

  test('are refused: rows that are normalised over all samples', () => {
    const weight = device.gpu.ones([SAMPLES, 2], { requiresGrad: true });
    const y = layerNorm(device.gpu.ones([SAMPLES, 2]), [SAMPLES, 2], { weight });
    const squares = () => perSampleSquares(y, device.gpu.ones(y.shape), new Set([weight]));
    expect(squares).toThrow('layerNorm: samples mix');
  });

  test('are refused: queries that see what would be other samples', () => {
    const weight = device.gpu.ones([4, 4], { requiresGrad: true });
    const x = matmul(device.gpu.ones([SAMPLES, 4]), weight);
    const y = scaledDotProductAttention(x, x, x);
    const squares = () => perSampleSquares(y, device.gpu.ones(y.shape), new Set([weight]));
    expect(squares).toThrow('scaledDotProductAttention: samples mix');
  });

  test('are each of one sample where matmul reads a parameter along them', async () => {
    const w = device.upload(normal([SAMPLES, 3, 2], 1), true);
    const y = matmul(device.upload(normal([SAMPLES, 2, 3], 2)), w);
    const start = device.upload(normal(y.shape, 3));
    const [found] = perSampleSquares(y, start, new Set([w])).values();
    expect(found.shape).toEqual(w.shape);
    expect(() => perSampleFactors(y, start, new Set([w]))[0].factors(0, 1)).toThrow(
      'matmul reads parameter f32[5,3,2] along the axis of the samples',
    );
  });
});
