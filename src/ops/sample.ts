import type { Gpu } from '../tensor/gpu';
import type { Random } from '../tensor/random';
import { type Shape, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';

/** A tensor of a sample call, described so that Node, a browser and the f64 reference fill it alike. */
export interface TensorSpec {
  readonly spec: 'tensor';
  readonly shape: Shape;
  readonly dtype: 'f32' | 'i32';
  /** The elements, in f32 precision. */
  readonly values: (random: Random) => number[];
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
  readonly args: { readonly [I in keyof Args]: SpecOf<Args[I]> };
}

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

/** Standard normal values. */
export const randn = (shape: Shape): TensorSpec => spec(shape, (random) => random.normal());

/** Values of either sign with |x| ≥ 0.2, clear of kinks at 0 that finite differences cannot cross. */
export const awayFromZero = (shape: Shape): TensorSpec =>
  spec(shape, (random) => (random.uniform() < 0.5 ? -1 : 1) * (0.2 + 2 * random.uniform()));

/** Values in [0.5, 2.5), for logarithms, roots and divisors. */
export const positive = (shape: Shape): TensorSpec => spec(shape, (random) => 0.5 + 2 * random.uniform());

/** Distinct values at least 0.1 apart, in random order: no ties for max. */
export const distinct = (shape: Shape): TensorSpec => ({
  ...spec(shape, () => 0),
  values: (random) =>
    random.shuffle(Array.from({ length: sizeOf(shape) }, (_, i) => round(0.1 * (i - sizeOf(shape) / 2)))),
});

/** Symmetric positive definite matrices [..., n, n], their eigenvalues between 0.5 and about 5. */
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

/** Given values. */
export const values = (shape: Shape, list: readonly number[]): TensorSpec => spec(shape, (_, i) => list[i]);

/** Where functions of eˣ overflow if they are careless. */
export const EXTREMES = values([6], [-200, -30, -8, 8, 30, 200]);

/** Whole numbers in [0, below), i32, such as class labels. */
export const indices = (shape: Shape, below: number): TensorSpec => ({
  ...spec(shape, (random) => random.int(below)),
  dtype: 'i32',
  requiresGrad: false,
});

/** Given whole numbers, i32. */
export const integers = (shape: Shape, list: readonly number[]): TensorSpec => ({
  ...values(shape, list),
  dtype: 'i32',
  requiresGrad: false,
});

/** The same without a gradient. */
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
