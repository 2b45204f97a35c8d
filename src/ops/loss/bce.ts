import lossFunctions from '../../../shaders/snippets/loss.wgsl';
import nearZero from '../../../shaders/snippets/near_zero.wgsl';
import { knowFunctions } from '../../tensor/elementwise-imports';
import { optional } from '../../tensor/guard';
import { floats } from '../../tensor/guard-tensor';
import { formatShape, type Shape, ShapeError, sameShape } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import { type Call, defineOp } from '../define';
import { constant, randn, sample, type TensorSpec, values } from '../sample';
import { type LossAttrs, type LossInputs, type LossOptions, lossRules, lossTakes } from './elementwise-loss';

knowFunctions(nearZero, lossFunctions);

/** The rules of a loss whose target has the input's shape, to which weights broadcast. */
function weightedRules(name: string) {
  const rules = lossRules(name);
  return {
    ...rules,
    shape: (call: Call<LossInputs, LossAttrs>): Shape => {
      const [input, target, ...weights] = call.inputs;
      if (!sameShape(input.shape, target.shape))
        throw new ShapeError(
          `${name}: target is ${target}, expected ${formatShape(input.shape)}, the shape of input`,
        );
      const each = rules.shape({ ...call, attrs: { ...call.attrs, reduction: 'none' } });
      if (!sameShape(each, input.shape)) {
        const given = weights.filter((weight) => weight !== undefined).join(' and ');
        throw new ShapeError(
          `${name}: weights are ${given}, expected shapes that broadcast to ${formatShape(input.shape)}`,
        );
      }
      return rules.shape(call);
    },
  };
}

const probabilities = (shape: Shape): TensorSpec => ({
  ...values(shape, []),
  values: (random) =>
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.fround(0.1 + 0.8 * random.uniform())),
});

/** Options of `bce`. */
export interface BceOptions extends LossOptions {
  /** What each loss is multiplied by; broadcasts to the input. It gets no gradient. */
  readonly weight?: Tensor;
}

type BceArgs = [input: Tensor, target: Tensor, options?: BceOptions];

/**
 * Binary cross-entropy −target · ln input − (1 − target) · ln(1 − input), as torch's binary_cross_entropy. As there, a
 * logarithm counts as −100 at least. An input outside [0, 1] makes the loss NaN: a kernel cannot throw.
 * @param input probabilities, f32 or f16; `target` of the same shape
 * @returns [] for 'mean' and 'sum', a loss an element for 'none'
 * @throws ShapeError
 * @example
 * ```ts
 * ops.bce(gpu.tensor([0.9, 0.2]), gpu.tensor([1, 0])); // → 0.164
 * ```
 */
export const bce = defineOp({
  name: 'bce',
  takes: lossTakes({ weight: optional(floats) }),
  parse: (...[input, target, { reduction = 'mean', weight } = {}]: BceArgs) => {
    const weighted = (wgsl: string) => (weight ? `w * ${wgsl}` : wgsl);
    return {
      inputs: [input, target, weight] as const,
      attrs: {
        reduction,
        scalars: {},
        loss: weighted('bce_of(x, t)'),
        slopes: [weighted('bce_slope(x, t)'), weighted('bce_target_slope(x)')] as const,
      },
    };
  },
  ...weightedRules('bce'),
  samples: () => [
    sample<BceArgs>('the mean by default', probabilities([3, 5]), probabilities([3, 5])),
    sample<BceArgs>('every element, weighted by column', probabilities([3, 2]), probabilities([3, 2]), {
      reduction: 'none',
      weight: constant(values([2], [0.5, 3])),
    }),
    sample<BceArgs>('the sum', probabilities([]), constant(values([], [1])), { reduction: 'sum' }),
  ],
});

/** Options of `bceWithLogits`. */
export interface BceWithLogitsOptions extends BceOptions {
  /** What losses are multiplied by as far as their target is 1; broadcasts to the input. It gets no gradient. */
  readonly posWeight?: Tensor;
}

type LogitsArgs = [input: Tensor, target: Tensor, options?: BceWithLogitsOptions];

/**
 * Binary cross-entropy of sigmoid(input), finite at any finite input; as torch's binary_cross_entropy_with_logits.
 * @param input logits, f32 or f16; `target` of the same shape
 * @returns [] for 'mean' and 'sum', a loss an element for 'none'
 * @throws ShapeError
 * @example
 * ```ts
 * ops.bceWithLogits(gpu.tensor([0, 200]), gpu.tensor([1, 1]), { reduction: 'none' }); // → [0.693, 0]
 * ```
 */
export const bceWithLogits = defineOp({
  name: 'bceWithLogits',
  takes: lossTakes({ weight: optional(floats), posWeight: optional(floats) }),
  parse: (...[input, target, { reduction = 'mean', weight, posWeight } = {}]: LogitsArgs) => {
    const p = posWeight ? 'p' : '1.0';
    const weighted = (wgsl: string) => (weight ? `w * ${wgsl}` : wgsl);
    return {
      inputs: [input, target, weight, posWeight] as const,
      attrs: {
        reduction,
        scalars: {},
        loss: weighted(`bce_logits_of(x, t, ${p})`),
        slopes: [
          weighted(`bce_logits_slope(x, t, ${p})`),
          weighted(`bce_logits_target_slope(x, ${p})`),
        ] as const,
      },
    };
  },
  ...weightedRules('bceWithLogits'),
  samples: () => [
    sample<LogitsArgs>('the mean by default', randn([3, 5]), probabilities([3, 5])),
    sample<LogitsArgs>(
      'every element, weighted by row, positives by column',
      randn([3, 2]),
      probabilities([3, 2]),
      {
        reduction: 'none',
        weight: constant(values([3, 1], [0.5, 3, 1])),
        posWeight: constant(values([2], [2, 0.7])),
      },
    ),
    sample<LogitsArgs>(
      'large values',
      values([4], [-200, 200, -200, 200]),
      constant(values([4], [0, 1, 1, 0])),
      {
        reduction: 'sum',
      },
    ),
  ],
});
