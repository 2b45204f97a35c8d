import type { Gpu } from '../tensor/gpu';
import type { Random } from '../tensor/random';
import { type Shape, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';

/** A tensor of a sample call, described so that Node, a browser and the f64 reference fill it alike. */
export interface TensorSpec {
  /** Tells a description from other arguments. */
  readonly spec: 'tensor';
  /** Its shape. */
  readonly shape: Shape;
  /** Its element type. */
  readonly dtype: 'f32' | 'i32';
  /** The elements, in f32 precision. */
  readonly values: (random: Random) => number[];
  /** Whether the op has to have a gradient for it. */
  readonly requiresGrad: boolean;
}

/** The arguments of a public call with every Tensor, also inside options, replaced. */
export type TensorsAs<T, Instead> = T extends Tensor
  ? Instead
  : T extends (...args: never[]) => unknown
    ? T
    : T extends readonly unknown[] | Record<string, unknown> | object
      ? { [K in keyof T]: TensorsAs<T[K], Instead> }
      : T;

/** Those arguments with every Tensor replaced by its description. */
export type SpecOf<T> = TensorsAs<T, TensorSpec>;

/** One call of an op with made-up data. */
export interface Sample<Args extends readonly unknown[]> {
  /** What is special about it, as in 'dilated depthwise kernel'. */
  readonly title: string;
  /** The arguments of the call, with descriptions in place of tensors. */
  readonly args: { readonly [I in keyof Args]: SpecOf<Args[I]> };
}

/**
 * A call of an op: what is special about it, and its arguments with descriptions in place of tensors.
 * @example
 * ```ts
 * const { title } = samples.sample('one row', samples.randn([1, 9]), samples.randn([9, 4])); // for ops.matmul
 * ```
 */
export function sample<const Args extends readonly unknown[]>(
  title: string,
  ...args: { readonly [I in keyof Args]: SpecOf<Args[I]> }
): Sample<Args> {
  return { title, args };
}

const f32 = new Float32Array(1);
const round = (value: number): number => {
  f32[0] = value;
  return f32[0];
};

function spec(shape: Shape, draw: (random: Random, i: number) => number): TensorSpec {
  const values = (random: Random) => Array.from({ length: sizeOf(shape) }, (_, i) => round(draw(random, i)));
  return { spec: 'tensor', shape, dtype: 'f32', values, requiresGrad: true };
}

/**
 * Standard normal values.
 * @example
 * ```ts
 * samples.randn([3, 5]).values(new Random(0)).length; // → 15
 * ```
 */
export const randn = (shape: Shape): TensorSpec => spec(shape, (random) => random.normal());

/**
 * Values of either sign with |x| ≥ 0.2, clear of kinks at 0 that finite differences cannot cross.
 * @example
 * ```ts
 * samples.awayFromZero([100]).values(new Random(0)).every((x) => Math.abs(x) > 0.19); // → true
 * ```
 */
export const awayFromZero = (shape: Shape): TensorSpec =>
  spec(shape, (random) => (random.uniform() < 0.5 ? -1 : 1) * (0.2 + 2 * random.uniform()));

/**
 * Values in [0.5, 2.5), for logarithms, roots and divisors.
 * @example
 * ```ts
 * samples.positive([100]).values(new Random(0)).every((x) => x >= 0.5 && x < 2.5); // → true
 * ```
 */
export const positive = (shape: Shape): TensorSpec => spec(shape, (random) => 0.5 + 2 * random.uniform());

/**
 * Distinct values at least 0.1 apart, in random order: no ties for max.
 * @example
 * ```ts
 * [...samples.distinct([4]).values(new Random(0))].sort((a, b) => a - b); // → [-0.2, -0.1, 0, 0.1]
 * ```
 */
export const distinct = (shape: Shape): TensorSpec => ({
  ...spec(shape, () => 0),
  values: (random) =>
    random.shuffle(Array.from({ length: sizeOf(shape) }, (_, i) => round(0.1 * (i - sizeOf(shape) / 2)))),
});

/**
 * Symmetric positive definite matrices [..., n, n], their eigenvalues between 0.5 and about 5.
 * @example
 * ```ts
 * samples.positiveDefinite([2, 3, 3]).values(new Random(0)).length; // → 18
 * ```
 */
export const positiveDefinite = (shape: Shape): TensorSpec => ({
  ...spec(shape, () => 0),
  values: (random) => {
    const n = shape[shape.length - 1];
    return Array.from({ length: sizeOf(shape.slice(0, -2)) }, () => {
      const rows = Array.from({ length: n }, () => Array.from({ length: n }, () => random.normal()));
      return rows.flatMap((a, i) =>
        rows.map((b, j) => round(a.reduce((sum, x, s) => sum + (x * b[s]) / n, i === j ? 0.5 : 0))),
      );
    }).flat();
  },
});

/**
 * Given values.
 * @example
 * ```ts
 * samples.values([2], [0.5, 8]).values(new Random(0)); // → [0.5, 8]
 * ```
 */
export const values = (shape: Shape, list: readonly number[]): TensorSpec => spec(shape, (_, i) => list[i]);

/** Where functions of eˣ overflow if they are careless. */
export const EXTREMES = values([6], [-200, -30, -8, 8, 30, 200]);

/**
 * Whole numbers in [0, below), i32, such as class labels.
 * @example
 * ```ts
 * const labels = samples.indices([8], 10);
 * [labels.dtype, labels.shape]; // → ['i32', [8]]
 * ```
 */
export const indices = (shape: Shape, below: number): TensorSpec => ({
  ...spec(shape, (random) => random.int(below)),
  dtype: 'i32',
  requiresGrad: false,
});

/**
 * Given whole numbers, i32.
 * @example
 * ```ts
 * samples.integers([2], [3, -1]).dtype; // → 'i32'
 * ```
 */
export const integers = (shape: Shape, list: readonly number[]): TensorSpec => ({
  ...values(shape, list),
  dtype: 'i32',
  requiresGrad: false,
});

/**
 * The same without a gradient.
 * @example
 * ```ts
 * samples.constant(samples.randn([2])).requiresGrad; // → false
 * ```
 */
export const constant = (of: TensorSpec): TensorSpec => ({ ...of, requiresGrad: false });

const isSpec = (value: unknown): value is TensorSpec =>
  typeof value === 'object' && value !== null && 'spec' in value && value.spec === 'tensor';

/** Replaces every description in a sample's arguments by what `make` makes of it. */
export function fillSpecs(value: unknown, make: (spec: TensorSpec) => unknown): unknown {
  if (isSpec(value)) return make(value);
  if (Array.isArray(value)) return value.map((item) => fillSpecs(item, make));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillSpecs(item, make)]));
  }
  return value;
}

/** Puts a described tensor on a GPU. */
export function makeTensor(
  gpu: Gpu,
  { shape, dtype, values, requiresGrad }: TensorSpec,
  random: Random,
): Tensor {
  const data = values(random);
  return gpu.tensor(dtype === 'i32' ? Int32Array.from(data) : data, shape, { requiresGrad });
}
