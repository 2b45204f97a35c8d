import { indices, offset, positiveAxis, type Ref, size } from './ref';

/** One axis, several, or all of them when left out. */
export type Axes = number | readonly number[] | undefined;

/** Collects the values that fall together when axes are removed, and gives each list to f. */
function reduce(x: Ref, axes: Axes, keepDims: boolean, f: (values: number[]) => number): Ref {
  const rank = x.shape.length;
  const list = axes === undefined ? x.shape.map((_, axis) => axis) : typeof axes === 'number' ? [axes] : axes;
  const gone = new Set(list.map((axis) => positiveAxis(axis, rank)));
  const kept = x.shape.map((length, axis) => (gone.has(axis) ? 1 : length));
  const groups = Array.from({ length: size(kept) }, (): number[] => []);
  let position = 0;
  for (const index of indices(x.shape)) {
    const target = index.map((i, axis) => (gone.has(axis) ? 0 : i));
    groups[offset(kept, target)].push(x.data[position++]);
  }
  const shape = keepDims ? kept : x.shape.filter((_, axis) => !gone.has(axis));
  return { shape, data: Float64Array.from(groups, f) };
}

const total = (values: number[]): number => values.reduce((a, b) => a + b, 0);
const largest = (values: number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);

export const sum = (x: Ref, axes?: Axes, keepDims = false): Ref => reduce(x, axes, keepDims, total);

export const mean = (x: Ref, axes?: Axes, keepDims = false): Ref =>
  reduce(x, axes, keepDims, (values) => total(values) / values.length);

export const max = (x: Ref, axes?: Axes, keepDims = false): Ref => reduce(x, axes, keepDims, largest);

/** Position of the first largest value along one axis, or in the flattened array when the axis is left out. */
export const argmax = (x: Ref, axis?: number, keepDims = false): Ref =>
  reduce(x, axis, keepDims, (values) => values.indexOf(largest(values)));

/** log Σ exp(x), with the largest value taken out first so that nothing overflows. */
export const logSumExp = (x: Ref, axes?: Axes, keepDims = false): Ref =>
  reduce(x, axes, keepDims, (values) => {
    const top = largest(values);
    if (!Number.isFinite(top)) return top;
    return top + Math.log(total(values.map((v) => Math.exp(v - top))));
  });

export const min = (x: Ref, axes?: Axes, keepDims = false): Ref =>
  reduce(x, axes, keepDims, (values) => values.reduce((a, b) => Math.min(a, b), Infinity));

export const prod = (x: Ref, axes?: Axes, keepDims = false): Ref =>
  reduce(x, axes, keepDims, (values) => values.reduce((a, b) => a * b, 1));

interface VarianceOptions {
  readonly correction?: number;
  readonly keepDims?: boolean;
}

/** Mean squared distance from the mean; the count of values is lessened by the correction. */
export const variance = (
  x: Ref,
  axes?: Axes,
  { correction = 1, keepDims = false }: VarianceOptions = {},
): Ref =>
  reduce(x, axes, keepDims, (values) => {
    const center = total(values) / values.length;
    return total(values.map((value) => (value - center) ** 2)) / (values.length - correction);
  });

export const std = (x: Ref, axes?: Axes, options: VarianceOptions = {}): Ref => {
  const { shape, data } = variance(x, axes, options);
  return { shape, data: data.map(Math.sqrt) };
};

/** 1 or 0; NaN is not 0. */
export const any = (x: Ref, axes?: Axes, keepDims = false): Ref =>
  reduce(x, axes, keepDims, (values) => Number(values.some((value) => value !== 0)));

export const all = (x: Ref, axes?: Axes, keepDims = false): Ref =>
  reduce(x, axes, keepDims, (values) => Number(values.every((value) => value !== 0)));
