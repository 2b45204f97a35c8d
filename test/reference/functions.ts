import { softmax } from './loss';
import { map, type Ref, ref } from './ref';
import { sigmoidAt, softplusAt } from './sigmoid';

const toEven = (x: number): number => {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
};
const hardSigmoidAt = (x: number): number => Math.min(Math.max(x + 3, 0), 6) / 6;

const of = (f: (x: number) => number) => (x: Ref) => map(x, f);

export const sin = of(Math.sin);
export const cos = of(Math.cos);
export const tan = of(Math.tan);
export const rsqrt = of((x) => 1 / Math.sqrt(x));
export const reciprocal = of((x) => 1 / x);
export const square = of((x) => x * x);
export const log1p = of(Math.log1p);
export const expm1 = of(Math.expm1);
export const floor = of(Math.floor);
export const ceil = of(Math.ceil);
export const sign = of(Math.sign);
export const silu = of((x) => x * sigmoidAt(x));
export const mish = of((x) => x * Math.tanh(softplusAt(x)));
export const hardSigmoid = of(hardSigmoidAt);
export const hardSwish = of((x) => x * hardSigmoidAt(x));

/** Halves go to the even number. */
export const round = (x: Ref, { decimals = 0 } = {}): Ref =>
  map(x, (v) =>
    decimals < 0
      ? toEven(v / 10 ** -decimals) * 10 ** -decimals
      : toEven(v * 10 ** decimals) / 10 ** decimals,
  );

export const leakyRelu = (x: Ref, { negativeSlope = 0.01 } = {}): Ref =>
  map(x, (v) => (v > 0 ? v : negativeSlope * v));

export const elu = (x: Ref, { alpha = 1 } = {}): Ref => map(x, (v) => (v > 0 ? v : alpha * Math.expm1(v)));

export const softplus = (x: Ref, { beta = 1, threshold = 20 } = {}): Ref =>
  map(x, (v) => (beta * v > threshold ? v : softplusAt(beta * v) / beta));

/** A number alone is a row of one. */
export const softmin = (x: Ref, axis = -1): Ref =>
  x.shape.length === 0
    ? ref([], [1])
    : softmax(
        map(x, (v) => -v),
        axis,
      );

/** x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2, which is x σ(2 …). */
export const geluByTanh = of((x) => x * sigmoidAt(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
