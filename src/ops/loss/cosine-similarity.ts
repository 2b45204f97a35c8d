import { aNumber, optional } from '../../tensor/guard';
import { floats } from '../../tensor/guard-tensor';
import type { Kernels } from '../../tensor/kernels';
import { broadcastShapes, normalizeAxis, type Shape } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import { type Call, defineOp } from '../define';
import { randn, sample } from '../sample';
import { type LossOptions, lossTakes, scaleOf, sumOfAll } from './elementwise-loss';

/** Options of `cosineSimilarity`. */
export interface CosineSimilarityOptions {
  /** The axis along which vectors lie; default 1. */
  readonly dim?: number;
  /** What a length counts as at least; default 1e-8. */
  readonly eps?: number;
  /** What becomes of the similarities; default 'none'. */
  readonly reduction?: LossOptions['reduction'];
}

type Args = [x1: Tensor, x2: Tensor, options?: CosineSimilarityOptions];
interface Attrs {
  readonly dim: number;
  readonly eps: number;
  readonly reduction: NonNullable<LossOptions['reduction']>;
}

/** The shape of both, and of the similarities with an axis of length 1 in place of that of the vectors. */
function shapesOf({ inputs: [a, b], attrs }: Call<readonly [Tensor, Tensor], Attrs>) {
  const broadcast = broadcastShapes('cosineSimilarity', a.shape, b.shape);
  const full = broadcast.length === 0 ? [1] : broadcast; // two numbers are vectors of length 1
  const axis = normalizeAxis('cosineSimilarity', attrs.dim, full.length);
  return { full, axis, kept: full.with(axis, 1), shape: full.toSpliced(axis, 1) };
}

/** Lengths of the vectors along the axis, which stays with length 1. */
function lengthsOf(k: Kernels, x: Tensor, full: Shape, axis: number): Tensor {
  using square = k.elementwise('x * x', { x }, { shape: full });
  using sum = k.reduce('sum', square, [axis], true);
  return k.elementwise('sqrt(x)', { x: sum });
}

/**
 * x1 · x2 / (max(|x1|, eps) · max(|x2|, eps)) of vectors along an axis, as torch's cosine_similarity.
 * @param x1 f32 or f16; `x2` the same, and they broadcast
 * @returns the shape without the axis; [] for 'mean' and 'sum'
 * @throws ShapeError
 * @example
 * ```ts
 * ops.cosineSimilarity(gpu.tensor([[1, 0], [1, 1]]), gpu.tensor([[2, 0], [0, 1]])); // → [1.000, 0.7071]
 * ```
 */
export const cosineSimilarity = defineOp({
  name: 'cosineSimilarity',
  takes: {
    x1: floats,
    x2: floats,
    options: lossTakes({ dim: optional(aNumber), eps: optional(aNumber) }).options,
  },
  parse: (...[x1, x2, { dim = 1, eps = 1e-8, reduction = 'none' } = {}]: Args) => ({
    inputs: [x1, x2] as const,
    attrs: { dim, eps, reduction },
  }),
  shape: (call) => {
    const { shape } = shapesOf(call);
    return call.attrs.reduction === 'none' ? shape : [];
  },
  forward: (k, call) =>
    k.gpu.scope(() => {
      const [a, b] = call.inputs;
      const { full, axis, shape } = shapesOf(call);
      const { eps, reduction } = call.attrs;
      const products = k.elementwise('a * b', { a, b }, { shape: full });
      const dot = k.reduce('sum', products, [axis], true);
      const [n, m] = [a, b].map((x) => lengthsOf(k, x, full, axis));
      const cosines = k.elementwise(
        'dot / (max_of(n, eps) * max_of(m, eps))',
        { dot, n, m },
        { scalars: { eps } },
      );
      const output =
        reduction === 'none' ? cosines.alias(shape) : sumOfAll(k, cosines, scaleOf(reduction, shape));
      return { output, saved: { cosines, n, m } };
    }),
  backward: (k, call) => {
    const { grad, needs, saved, attrs } = call;
    const { full, kept, shape } = shapesOf(call);
    const g = attrs.reduction === 'none' ? grad.alias(kept) : grad;
    const scalars = { eps: attrs.eps, scale: scaleOf(attrs.reduction, shape) };
    return call.inputs.map((a, i) => {
      if (!needs[i]) return undefined;
      const b = call.inputs[1 - i];
      const [n, m] = i === 0 ? [saved.n, saved.m] : [saved.m, saved.n];
      // Of a length that counts as eps the similarity does not depend.
      const slope = k.elementwise(
        'g * scale * (b / max_of(m, eps) - select(0.0, y * a / n, n > eps)) / max_of(n, eps)',
        { g, a, b, n, m, y: saved.cosines },
        { scalars, shape: full },
      );
      return k.sumTo(slope, a.shape);
    });
  },
  samples: () => [
    sample<Args>('rows by default', randn([3, 4]), randn([3, 4])),
    sample<Args>('along the first axis, broadcast', randn([2, 1, 3]), randn([4, 3]), { dim: 0, eps: 1e-3 }),
    sample<Args>('the mean', randn([3, 4]), randn([3, 4]), { reduction: 'mean' }),
  ],
});
