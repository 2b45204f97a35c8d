import { aWholeNumber, optional, options } from '../tensor/guard';
import { floats } from '../tensor/guard-tensor';
import type { Tensor } from '../tensor/tensor';
import { defineOp, type Op } from './define';
import { sample, values } from './sample';
import { ofElements } from './unary';

/** Between the steps, which finite differences cannot cross. */
const between = values([3, 3], [-2.7, -1.3, -0.6, -0.2, 0.2, 0.4, 1.1, 1.6, 30.7]);

/** A function that is flat but where it jumps. */
function defineStep(name: string, forward: string): Op<[x: Tensor]> {
  return defineOp({
    name,
    takes: { x: floats },
    parse: (x: Tensor) => ({ inputs: [x] as const, attrs: {} }),
    ...ofElements(forward, '0.0'),
    samples: () => [
      sample<[Tensor]>('a matrix', between),
      sample<[Tensor]>('one element', values([], [-1.5])),
    ],
  });
}

/**
 * The largest whole number that is not above x, elementwise. Its gradient is 0.
 * @example
 * ```ts
 * ops.floor(gpu.tensor([1.7, -1.2])); // → [1, -2]
 * ```
 */
export const floor = defineStep('floor', 'floor(x)');
/**
 * The smallest whole number that is not below x, elementwise. Its gradient is 0.
 * @example
 * ```ts
 * ops.ceil(gpu.tensor([1.2, -1.7])); // → [2, -1]
 * ```
 */
export const ceil = defineStep('ceil', 'ceil(x)');
/**
 * −1, 0 or 1, elementwise; 0 of NaN, as in PyTorch. Its gradient is 0.
 * @example
 * ```ts
 * ops.sign(gpu.tensor([-3, 0, 0.2])); // → [-1, 0, 1]
 * ```
 */
export const sign = defineStep('sign', 'sign_of(x)');

/** Options of `round`. */
export interface RoundOptions {
  /** Digits after the point that are kept, before it where negative; default 0. */
  readonly decimals?: number;
}

type RoundArgs = [x: Tensor, options?: RoundOptions];

/**
 * The nearest whole number, elementwise, halves to the even one; or the nearest with so many decimals. Its gradient is 0.
 * @example
 * ```ts
 * ops.round(gpu.tensor([1.5, 2.5])); // → [2, 2]
 * ops.round(gpu.tensor([1.234]), { decimals: 2 }); // → [1.230]
 * ```
 */
export const round = defineOp({
  name: 'round',
  takes: { x: floats, options: optional(options({ decimals: optional(aWholeNumber) })) },
  parse: (...[x, { decimals = 0 } = {}]: RoundArgs) => ({ inputs: [x] as const, attrs: { decimals } }),
  shape: ({ inputs: [x] }) => x.shape,
  forward: (k, { inputs: [x], attrs: { decimals } }) => {
    if (decimals === 0) return k.elementwise('round(x)', { x });
    const formula = decimals > 0 ? 'round(x * scale) / scale' : 'round(x / scale) * scale';
    return k.elementwise(formula, { x }, { scalars: { scale: 10 ** Math.abs(decimals) } });
  },
  backward: (k, { grad: g }) => [k.elementwise('0.0', { g })],
  samples: () => [
    sample<RoundArgs>('a matrix', between),
    sample<RoundArgs>('to two decimals', values([3], [1.234, -0.567, 31.4159]), { decimals: 2 }),
    sample<RoundArgs>('to hundreds', values([3], [1234, -567, 31]), { decimals: -2 }),
  ],
});
