import { mul } from './elementwise';
import type { Reduction } from './loss';
import { mean, sum } from './reduce';
import { at, broadcastShapes, broadcastTo, build, map, type Ref, ref, zip } from './ref';
import { softplusAt } from './sigmoid';

interface Reduced {
  readonly reduction?: Reduction;
}

function reduced(losses: Ref, reduction: Reduction = 'mean'): Ref {
  if (reduction === 'none') return losses;
  return reduction === 'sum' ? sum(losses) : mean(losses);
}

const ofDifference =
  <Options extends Reduced>(f: (d: number, options: Options) => number) =>
  (input: Ref, target: Ref, options: Options = {} as Options): Ref =>
    reduced(
      zip(input, target, (x, t) => f(x - t, options)),
      options.reduction,
    );

export const mse = ofDifference<Reduced>((d) => d * d);
export const l1 = ofDifference<Reduced>(Math.abs);
export const smoothL1 = ofDifference<Reduced & { readonly beta?: number }>((d, { beta = 1 }) =>
  Math.abs(d) < beta ? (d * d) / (2 * beta) : Math.abs(d) - beta / 2,
);
export const huber = ofDifference<Reduced & { readonly delta?: number }>((d, { delta = 1 }) =>
  Math.abs(d) <= delta ? (d * d) / 2 : delta * (Math.abs(d) - delta / 2),
);

interface Weighted extends Reduced {
  readonly weight?: Ref;
}

const weighted = (losses: Ref, { weight, reduction }: Weighted): Ref =>
  reduced(weight ? mul(losses, weight) : losses, reduction);

const clamped = (x: number): number => Math.max(x, -100);

export const bce = (input: Ref, target: Ref, options: Weighted = {}): Ref =>
  weighted(
    zip(input, target, (x, t) => -(t * clamped(Math.log(x)) + (1 - t) * clamped(Math.log1p(-x)))),
    options,
  );

export const bceWithLogits = (
  input: Ref,
  target: Ref,
  options: Weighted & { readonly posWeight?: Ref } = {},
): Ref => {
  const wide = broadcastTo(options.posWeight ?? ref([], [1]), input.shape);
  const losses = input.data.map((x, i) => {
    const t = target.data[i];
    return wide.data[i] * t * softplusAt(-x) + (1 - t) * softplusAt(x);
  });
  return weighted(ref(input.shape, losses), options);
};

export function klDiv(
  input: Ref,
  target: Ref,
  options: { readonly reduction?: Reduction | 'batchmean'; readonly logTarget?: boolean } = {},
): Ref {
  const { reduction, logTarget = false } = options;
  const losses = zip(input, target, (x, t) => {
    if (logTarget) return Math.exp(t) * (t - x);
    return t === 0 ? 0 : t * (Math.log(t) - x);
  });
  return reduction === 'batchmean'
    ? map(sum(losses), (v) => v / losses.shape[0])
    : reduced(losses, reduction);
}

export function nll(
  input: Ref,
  target: Ref,
  options: Weighted & { readonly ignoreIndex?: number } = {},
): Ref {
  const { weight, ignoreIndex = -100, reduction = 'mean' } = options;
  const factor = (label: number): number => (label === ignoreIndex ? 0 : (weight?.data[label] ?? 1));
  const losses = build(target.shape, (index) => {
    const label = at(target, index);
    if (label === ignoreIndex) return 0;
    const where = input.shape.length === 1 ? [label] : index.toSpliced(1, 0, label);
    return -factor(label) * at(input, where);
  });
  if (reduction !== 'mean') return reduced(losses, reduction);
  const total = target.data.reduce((before, label) => before + factor(label), 0);
  return map(sum(losses), (v) => v / total);
}

export function cosineSimilarity(
  x1: Ref,
  x2: Ref,
  options: Reduced & { readonly dim?: number; readonly eps?: number } = {},
): Ref {
  const { dim = 1, eps = 1e-8, reduction = 'none' } = options;
  const shape = broadcastShapes(x1.shape, x2.shape);
  const [a, b] = [x1, x2].map((x) => broadcastTo(x, shape));
  const length = (x: Ref) => map(sum(mul(x, x), dim), (v) => Math.max(Math.sqrt(v), eps));
  const cosines = zip(sum(mul(a, b), dim), mul(length(a), length(b)), (dot, lengths) => dot / lengths);
  return reduced(cosines, reduction);
}
