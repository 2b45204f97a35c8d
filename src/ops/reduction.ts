import { aFlag, aNumber, optional } from '../tensor/guard';
import { floats } from '../tensor/guard-tensor';
import { reducedShape } from '../tensor/reduce';
import { scalarAxis } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp, type Op } from './define';
import {
  keptShape,
  parseReduction,
  REDUCTION_TAKES,
  type ReductionArgs,
  reductionSamples,
  shapeOfReduction,
  shapeOfSome,
  shortReductionSamples,
  spread,
  termsOf,
} from './reduced';
import { distinct, randn, sample, values } from './sample';

/**
 * Sum over axes; of nothing 0.
 * @example
 * ```ts
 * ops.sum(gpu.tensor([[1, 2], [3, 4]]), 0); // → [4, 6]
 * ```
 */
export const sum = defineOp({
  name: 'sum',
  takes: REDUCTION_TAKES,
  parse: parseReduction('sum'),
  shape: shapeOfReduction,
  forward: (k, { inputs: [x], attrs }) => k.reduce('sum', x, attrs.axes, attrs.keepDims),
  backward: (k, call) => [spread(k, call.grad, call, 1)],
  samples: reductionSamples(randn),
});

/**
 * Mean over axes; of nothing NaN.
 * @example
 * ```ts
 * ops.mean(gpu.tensor([[1, 2], [3, 4]]), 1, true); // → [[1.5], [3.5]]
 * ```
 */
export const mean = defineOp({
  name: 'mean',
  takes: REDUCTION_TAKES,
  parse: parseReduction('mean'),
  shape: shapeOfReduction,
  forward: (k, call) =>
    k.reduce('sum', call.inputs[0], call.attrs.axes, call.attrs.keepDims, 1 / termsOf(call)),
  backward: (k, call) => [spread(k, call.grad, call, 1 / termsOf(call))],
  samples: reductionSamples(randn),
});

const defineExtreme = (name: 'max' | 'min', what: string): Op<ReductionArgs> =>
  defineOp({
    name,
    takes: REDUCTION_TAKES,
    parse: parseReduction(name),
    shape: (call) => shapeOfSome(name, what, call),
    forward: (k, { inputs: [x], attrs }) => k.reduce(name, x, attrs.axes, attrs.keepDims),
    backward: (k, call) => {
      const [x] = call.inputs;
      const kept = keptShape(call);
      const isIt = k.elementwise('f32(x == y)', { x, y: call.output.alias(kept) });
      const count = k.reduce('sum', isIt, call.attrs.axes, true);
      return [k.elementwise('g * isIt / count', { g: call.grad.alias(kept), isIt, count })];
    },
    samples: name === 'max' ? reductionSamples(distinct) : shortReductionSamples(distinct),
  });

/**
 * Largest element over axes; equal largest elements share the gradient, as in torch.amax.
 * @throws ShapeError of nothing
 * @example
 * ```ts
 * ops.max(gpu.tensor([[1, 2], [4, 3]]), 1); // → [2, 4]
 * ```
 */
export const max = defineExtreme('max', 'largest');
/**
 * Smallest element over axes; equal smallest elements share the gradient, as in torch.amin.
 * @throws ShapeError of nothing
 * @example
 * ```ts
 * ops.min(gpu.tensor([[3, 1], [2, 5]]), 1); // → [1, 2]
 * ```
 */
export const min = defineExtreme('min', 'smallest');

/**
 * log Σ eˣ over axes, shifted by the largest element so that it does not overflow; of nothing −∞.
 * @example
 * ```ts
 * ops.logSumExp(gpu.tensor([0, 0])); // → 0.693
 * ```
 */
export const logSumExp = defineOp({
  name: 'logSumExp',
  takes: REDUCTION_TAKES,
  parse: parseReduction('logSumExp'),
  shape: shapeOfReduction,
  forward: (k, call) =>
    k.gpu.scope(() => {
      const [x] = call.inputs;
      const { axes } = call.attrs;
      const top = k.reduce('max', x, axes, true);
      const total = k.reduce('sum', k.elementwise('exp_of(x - finite(top))', { x, top }), axes, true);
      return k.elementwise('log_of(total) + finite(top)', { total, top }).alias(shapeOfReduction(call));
    }),
  backward: (k, call) => {
    const kept = keptShape(call);
    const [x] = call.inputs;
    return [k.elementwise('g * exp_of(x - y)', { g: call.grad.alias(kept), x, y: call.output.alias(kept) })];
  },
  samples: reductionSamples(randn, [values([2, 3], [1000, 999, 1001, -1000, -1001, -999])]),
});

type ArgmaxArgs = readonly [x: Tensor, axis?: number, keepDims?: boolean];

/**
 * Index of the largest element along an axis (of the flattened tensor when left out), i32; the first of equals.
 * @example
 * ```ts
 * ops.argmax(gpu.tensor([[1, 2], [4, 3]]), 1); // → [1, 0]
 * ```
 */
export const argmax = defineOp({
  name: 'argmax',
  takes: { x: floats, axis: optional(aNumber), keepDims: optional(aFlag) },
  parse: (...[x, axis, keepDims = false]: ArgmaxArgs) => ({
    inputs: [x] as const,
    attrs: { axis: axis === undefined ? undefined : scalarAxis('argmax', axis, x.shape.length), keepDims },
  }),
  shape: ({ inputs: [x], attrs: { axis, keepDims } }) => {
    if (axis !== undefined) return reducedShape(x.shape, [axis], keepDims);
    return keepDims ? x.shape.map(() => 1) : [];
  },
  forward: (k, { inputs: [x], attrs: { axis, keepDims }, shape }) =>
    axis === undefined || x.shape.length === 0
      ? k.argmax(x.alias([x.size]), 0).alias(shape)
      : k.argmax(x, axis, keepDims),
  samples: () => [
    sample<ArgmaxArgs>('the flattened tensor', distinct([3, 5])),
    sample<ArgmaxArgs>('rows', distinct([6, 10]), 1),
    sample<ArgmaxArgs>('a middle axis, kept', distinct([2, 4, 3]), 1, true),
  ],
});
