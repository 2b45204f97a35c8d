import lossFunctions from '../../../shaders/snippets/loss.wgsl';
import nearZero from '../../../shaders/snippets/near_zero.wgsl';
import { knowFunctions } from '../../tensor/elementwise-imports';
import { aFlag, oneOf, optional } from '../../tensor/guard';
import type { Tensor } from '../../tensor/tensor';
import { defineOp } from '../define';
import { randn, sample, values } from '../sample';
import { type LossOptions, lossRules, lossTakes, type Reduction } from './elementwise-loss';

knowFunctions(nearZero, lossFunctions);

/** Options of `klDiv`. */
export interface KlDivOptions {
  /**
   * Default 'mean', over all elements. 'batchmean', the sum divided by the length of the first axis, is the divergence as it
   * is defined.
   */
  readonly reduction?: LossOptions['reduction'] | 'batchmean';
  /** Whether the target is given by its logarithm, too; default false. */
  readonly logTarget?: boolean;
}

type Args = [input: Tensor, target: Tensor, options?: KlDivOptions];

const OF_PROBABILITIES = {
  loss: 'kl_div_of(x, t)',
  slopes: ['-t', 'log_of(t) + 1.0 - x'],
} as const;
const OF_LOGARITHMS = {
  loss: 'exp_of(t) * (t - x)',
  slopes: ['-exp_of(t)', 'exp_of(t) * (t - x + 1.0)'],
} as const;

/**
 * Kullback-Leibler divergence target · (ln target − input), as torch's kl_div; at a target of 0 it is 0. There the gradient of
 * the target is −∞, where PyTorch has NaN.
 * @param input logarithms of probabilities, f32 or f16; `target` probabilities, and they broadcast
 * @returns a loss an element for 'none', else []
 * @throws ShapeError
 * @example
 * ```ts
 * const [p, q] = [gpu.tensor([[0.5, 0.5]]), gpu.tensor([[0.25, 0.75]])];
 * ops.klDiv(ops.log(q), p, { reduction: 'batchmean' }); // → 0.1438
 * ```
 */
export const klDiv = defineOp({
  name: 'klDiv',
  takes: lossTakes({
    reduction: optional(oneOf('none', 'mean', 'sum', 'batchmean')),
    logTarget: optional(aFlag),
  }),
  parse: (...[input, target, { reduction = 'mean', logTarget = false } = {}]: Args) => ({
    inputs: [input, target] as const,
    attrs: {
      reduction: reduction as Reduction,
      scalars: {},
      ...(logTarget ? OF_LOGARITHMS : OF_PROBABILITIES),
    },
  }),
  ...lossRules('klDiv'),
  samples: () => {
    const target = values([2, 3], [0.2, 0.3, 0.5, 0.7, 0.2, 0.1]);
    return [
      sample<Args>('the mean by default', randn([2, 3]), target),
      sample<Args>('the mean of rows', randn([2, 3]), target, { reduction: 'batchmean' }),
      sample<Args>('every element, a target of logarithms', randn([2, 3]), randn([3]), {
        reduction: 'none',
        logTarget: true,
      }),
    ];
  },
});
