import lossFunctions from '../../../shaders/snippets/loss.wgsl';
import nearZero from '../../../shaders/snippets/near_zero.wgsl';
import { knowFunctions } from '../../tensor/elementwise-imports';
import { kind, optional } from '../../tensor/guard';
import type { Tensor } from '../../tensor/tensor';
import { defineOp } from '../define';
import { constant, distinct, randn, sample, values } from '../sample';
import { type LossAttrs, type LossOptions, lossRules, lossTakes } from './elementwise-loss';

knowFunctions(nearZero, lossFunctions);

type Args = [input: Tensor, target: Tensor, options?: LossOptions];

const notBelowZero = kind('a number of at least 0', (value) => typeof value === 'number' && value >= 0);
const aboveZero = kind('a number above 0', (value) => typeof value === 'number' && value > 0);

/** What is computed of the difference of x and t: its slope by t is that of the opposite difference. */
const ofDifference = (
  loss: string,
  slope: (difference: string) => string,
): Pick<LossAttrs, 'loss' | 'slopes'> => ({ loss, slopes: [slope('x - t'), slope('t - x')] });

/**
 * (input − target)², as torch's mse_loss.
 * @param input f32 or f16; `target` the same, and they broadcast
 * @returns [] for 'mean' and 'sum', a loss an element for 'none'
 * @throws ShapeError
 * @example
 * ```ts
 * ops.mse(gpu.tensor([1, 2]), gpu.tensor([0, 5])); // → 5
 * ```
 * @example
 * ```ts
 * ops.mse(gpu.tensor([1, 2]), gpu.tensor([1, 4])); // → 2.000
 * ```
 */
export const mse = defineOp({
  name: 'mse',
  takes: lossTakes(),
  parse: (...[input, target, { reduction = 'mean' } = {}]: Args) => ({
    inputs: [input, target] as const,
    attrs: { reduction, scalars: {}, ...ofDifference('(x - t) * (x - t)', (d) => `2.0 * (${d})`) },
  }),
  ...lossRules('mse'),
  samples: () => [
    sample<Args>('the mean by default', randn([3, 5]), randn([3, 5])),
    sample<Args>('the sum', randn([2, 3]), constant(randn([2, 3])), { reduction: 'sum' }),
    sample<Args>('every element, broadcast', randn([2, 3]), randn([3]), { reduction: 'none' }),
    sample<Args>('one element', randn([]), randn([])),
  ],
});

/**
 * |input − target|, as torch's l1_loss; its gradient where they are equal is 0.
 * @param input f32 or f16; `target` the same, and they broadcast
 * @returns [] for 'mean' and 'sum', a loss an element for 'none'
 * @throws ShapeError
 * @example
 * ```ts
 * ops.l1(gpu.tensor([1, 2]), gpu.tensor([0, 5])); // → 2
 * ```
 */
export const l1 = defineOp({
  name: 'l1',
  takes: lossTakes(),
  parse: (...[input, target, { reduction = 'mean' } = {}]: Args) => ({
    inputs: [input, target] as const,
    attrs: { reduction, scalars: {}, ...ofDifference('abs(x - t)', (d) => `sign_of(${d})`) },
  }),
  ...lossRules('l1'),
  samples: () => [
    sample<Args>('the mean by default', distinct([3, 5]), values([3, 5], new Array(15).fill(0.03))),
    sample<Args>('every element', randn([2, 3]), randn([2, 3]), { reduction: 'none' }),
  ],
});

/** Options of `smoothL1`. */
export interface SmoothL1Options extends LossOptions {
  /** Where a parabola goes over to lines, at least 0; default 1. With 0 the loss is that of `l1`. */
  readonly beta?: number;
}

type SmoothL1Args = [input: Tensor, target: Tensor, options?: SmoothL1Options];

/**
 * (input − target)² / (2 beta) where |input − target| < beta, else |input − target| − beta / 2; as torch's smooth_l1_loss.
 * @param input f32 or f16; `target` the same, and they broadcast
 * @returns [] for 'mean' and 'sum', a loss an element for 'none'
 * @throws ShapeError; ArgumentError on a beta below 0
 * @example
 * ```ts
 * ops.smoothL1(gpu.tensor([1, 2]), gpu.tensor([0.5, 5]), { reduction: 'none' }); // → [0.125, 2.5]
 * ```
 */
export const smoothL1 = defineOp({
  name: 'smoothL1',
  takes: lossTakes({ beta: optional(notBelowZero) }),
  parse: (...[input, target, { reduction = 'mean', beta = 1 } = {}]: SmoothL1Args) => ({
    inputs: [input, target] as const,
    attrs: {
      reduction,
      scalars: { beta },
      ...ofDifference('smooth_l1_of(x - t, beta)', (d) => `smooth_l1_slope(${d}, beta)`),
    },
  }),
  ...lossRules('smoothL1'),
  samples: () => [
    sample<SmoothL1Args>('the mean by default', randn([3, 5]), randn([3, 5])),
    sample<SmoothL1Args>('every element, another beta', randn([2, 3]), randn([2, 3]), {
      reduction: 'none',
      beta: 0.4,
    }),
    sample<SmoothL1Args>('beta 0', randn([2, 3]), randn([2, 3]), { beta: 0, reduction: 'sum' }),
  ],
});

/** Options of `huber`. */
export interface HuberOptions extends LossOptions {
  /** Where a parabola goes over to lines, above 0; default 1. */
  readonly delta?: number;
}

type HuberArgs = [input: Tensor, target: Tensor, options?: HuberOptions];

/**
 * (input − target)² / 2 where |input − target| ≤ delta, else delta (|input − target| − delta / 2); as torch's huber_loss.
 * @param input f32 or f16; `target` the same, and they broadcast
 * @returns [] for 'mean' and 'sum', a loss an element for 'none'
 * @throws ShapeError; ArgumentError unless delta is above 0
 * @example
 * ```ts
 * ops.huber(gpu.tensor([1, 2]), gpu.tensor([0.5, 5]), { delta: 2, reduction: 'sum' }); // → 4.125
 * ```
 */
export const huber = defineOp({
  name: 'huber',
  takes: lossTakes({ delta: optional(aboveZero) }),
  parse: (...[input, target, { reduction = 'mean', delta = 1 } = {}]: HuberArgs) => ({
    inputs: [input, target] as const,
    attrs: {
      reduction,
      scalars: { delta },
      ...ofDifference('huber_of(x - t, delta)', (d) => `huber_slope(${d}, delta)`),
    },
  }),
  ...lossRules('huber'),
  samples: () => [
    sample<HuberArgs>('the mean by default', randn([3, 5]), randn([3, 5])),
    sample<HuberArgs>('every element, another delta', randn([2, 3]), randn([2, 3]), {
      reduction: 'none',
      delta: 0.4,
    }),
  ],
});
