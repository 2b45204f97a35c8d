import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** JSON has no infinities and no NaN: they are words in these files. */
const WORDS = {
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  nan: Number.NaN,
} as const;
const figure = z.union([z.number(), z.enum(['inf', '-inf', 'nan']).transform((word) => WORDS[word])]);
const figures = z.array(figure);

const elementwise = z.strictObject({
  op: z.enum([
    'neg',
    'exp',
    'log',
    'sqrt',
    'abs',
    'relu',
    'sigmoid',
    'tanh',
    'gelu',
    'clamp',
    'add',
    'sub',
    'mul',
    'div',
    'pow',
    'maximum',
    'where',
  ]),
  options: z.strictObject({ min: figure.optional(), max: figure.optional() }),
  /** One list of values an operand. */
  inputs: z.array(figures),
  output: figures,
  /** For a cotangent of ones. */
  grads: z.array(figures),
});

const further = z.strictObject({
  op: z.enum([
    'sin',
    'cos',
    'tan',
    'rsqrt',
    'log1p',
    'expm1',
    'floor',
    'ceil',
    'round',
    'sign',
    'reciprocal',
    'square',
    'leakyRelu',
    'elu',
    'silu',
    'mish',
    'softplus',
    'hardSigmoid',
    'hardSwish',
    'gelu',
    'minimum',
    'eq',
    'ne',
    'lt',
    'le',
    'gt',
    'ge',
    'logicalAnd',
    'logicalOr',
    'logicalNot',
    'isNan',
  ]),
  /** The last argument, where there are any. */
  options: z.record(z.string(), z.union([z.number(), z.string()])),
  inputs: z.array(figures),
  output: figures,
  /** For a cotangent of ones; none of comparisons. */
  grads: z.array(figures),
});

const rows = z.strictObject({
  op: z.enum([
    'sum',
    'mean',
    'max',
    'argmax',
    'logSumExp',
    'softmax',
    'logSoftmax',
    'crossEntropy',
  ]),
  /** Of a row [a, 0, …, 0, b]. */
  length: z.int(),
  /** a and b of each row. */
  inputs: z.tuple([figures, figures]),
  /** One a row; of softmax and logSoftmax as `grad`. */
  output: figures,
  /**
   * Of a, of the zeros where there are any, and of b; none of argmax. For a cotangent of ones where a row has one result,
   * else for [1, 0, …, 0, −½].
   */
  grad: figures,
});

export type ElementwiseCase = z.output<typeof elementwise>;
export type FurtherCase = z.output<typeof further>;
export type RowsCase = z.output<typeof rows>;

/** PyTorch's float32 figures at zeros, denormals, the ends of float32, infinities and NaN. */
export interface SpecialCases {
  readonly elementwise: readonly ElementwiseCase[];
  readonly further: readonly FurtherCase[];
  readonly rows: readonly RowsCase[];
}

/** Throws on another layout. */
export function readSpecialCases(): SpecialCases {
  const read = (file: string): unknown =>
    JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
  const file = <Case extends z.ZodType>(one: Case) =>
    z.strictObject({ torch: z.string(), cases: z.array(one) });
  return {
    elementwise: file(elementwise).parse(read('special-elementwise.json')).cases,
    further: file(further).parse(read('special-further.json')).cases,
    rows: file(rows).parse(read('special-rows.json')).cases,
  };
}
