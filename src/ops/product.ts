import { defineOp } from './define';
import {
  keptShape,
  parseReduction,
  REDUCTION_TAKES,
  type ReductionArgs,
  shapeOfReduction,
  shortReductionSamples,
} from './reduced';
import { awayFromZero, sample, values } from './sample';

/**
 * Product over axes; of nothing 1. Where one element is 0, only that has a gradient: the product of the others.
 * @throws ShapeError
 * @example
 * ```ts
 * ops.prod(gpu.tensor([[1, 2], [3, 4]]), 0); // → [3, 8]
 * ```
 */
export const prod = defineOp({
  name: 'prod',
  takes: REDUCTION_TAKES,
  parse: parseReduction('prod'),
  shape: shapeOfReduction,
  forward: (k, { inputs: [x], attrs }) => k.reduce('prod', x, attrs.axes, attrs.keepDims),
  backward: (k, call) => {
    const [x] = call.inputs;
    const { axes } = call.attrs;
    const product = k.reduce('prod', k.elementwise('select(x, 1.0, x == 0.0)', { x }), axes, true);
    const zeros = k.reduce('sum', k.elementwise('f32(x == 0.0)', { x }), axes, true);
    const g = call.grad.alias(keptShape(call));
    const others = 'select(product / x, select(0.0, product, (x == 0.0) & (zeros == 1.0)), zeros > 0.0)';
    return [k.elementwise(`g * ${others}`, { g, x, product, zeros })];
  },
  samples: () => [
    ...shortReductionSamples(awayFromZero)(),
    sample<ReductionArgs>('no zero, one, two', values([3, 4], [1, 2, -3, 4, 2, 0, 3, -1, 0, 5, 0, 2]), 1),
  ],
});
