import { aFlag, axes, optional } from '../tensor/guard';
import { words } from '../tensor/guard-tensor';
import type { Reduction } from '../tensor/reduce';
import { defineOp, type Op } from './define';
import { parseReduction, type ReductionArgs, shapeOfReduction } from './reduced';
import { constant, integers, sample, values } from './sample';

const defineTruth = (name: string, reduction: Reduction): Op<ReductionArgs> =>
  defineOp({
    name,
    takes: { x: words, axes: optional(axes), keepDims: optional(aFlag) },
    parse: parseReduction(name),
    shape: shapeOfReduction,
    forward: (k, { inputs: [x], attrs }) => {
      using truth = k.elementwise('f32(is_true(f32(x)))', { x });
      // Of nothing, the reduction gives an infinity of the right sign.
      using found = k.reduce(reduction, truth, attrs.axes, attrs.keepDims);
      return k.elementwise('i32(found > 0.0)', { found }, { dtype: 'i32' });
    },
    samples: () => [
      sample<ReductionArgs>('all axes', constant(values([2, 2], [0, 0, 0.5, 0]))),
      sample<ReductionArgs>('rows', constant(values([3, 2], [0, -0, 1, 0, -2, Number.NaN])), 1),
      sample<ReductionArgs>('columns of whole numbers, kept', integers([2, 3], [0, 7, 1, 0, 0, 2]), 0, true),
    ],
  });

/**
 * 1 where any element over axes is not 0 (NaN is not), else 0; i32, of nothing 0. x: any shape, f32, f16, i32 or u32.
 * @example
 * ```ts
 * ops.any(gpu.tensor([[0, 2], [0, 0]]), 1); // → [1, 0]
 * ```
 */
export const any = defineTruth('any', 'max');
/**
 * 1 where all elements over axes are not 0 (NaN is not), else 0; i32, of nothing 1. x: any shape, f32, f16, i32 or u32.
 * @example
 * ```ts
 * ops.all(gpu.tensor([[1, 2], [0, 3]]), 1); // → [1, 0]
 * ```
 */
export const all = defineTruth('all', 'min');
