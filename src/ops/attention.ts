import { nowOf } from '../../runtime/varying';
import { aFlag, aNumber, aVarying, optional, options } from '../tensor/guard';
import { floats, tensorOf } from '../tensor/guard-tensor';
import { broadcastShapes, formatShape, type Shape, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import type { Way } from '../tensor/variants';
import { attendInBlocks, blockGradients } from './attention-blocks';
import { attend, attentionGradients, type Dropping, type Setting } from './attention-kernels';
import { defineOp } from './define';
import { checkWord, type RandomKey } from './random-key';
import { constant, integers, randn, sample, type TensorSpec } from './sample';

const NAME = 'scaledDotProductAttention';

/** Options of `scaledDotProductAttention`. */
export interface AttentionOptions extends Partial<RandomKey> {
  /**
   * Broadcasts to [..., L, S]. i32: 1 where a query sees a key, 0 where it does not, as PyTorch's bool. f32 or f16: added to
   * the scores.
   */
  readonly mask?: Tensor;
  /** Whether query l sees keys 0 to l alone, and of them those of the mask; default false. */
  readonly isCausal?: boolean;
  /** What q · k is multiplied by; default 1 / √E. */
  readonly scale?: number;
  /** Probability that a weight becomes 0, in [0, 1); default 0. The weights left are multiplied by 1 / (1 − dropoutP). */
  readonly dropoutP?: number;
  /** Of the dropout, needed with `dropoutP`. */
  readonly seed?: number;
  /** Of the dropout: tells apart the layers under one seed; default 0. */
  readonly stream?: number;
}

type Args = [q: Tensor, k: Tensor, v: Tensor, options?: AttentionOptions];

interface Attrs extends Omit<Setting, 'batch' | 'mask'> {
  /** Whether the first axis is that of the queries, so that they see what would be other samples. */
  readonly mixes: boolean;
}

/** @throws ShapeError */
function droppingOf({ dropoutP = 0, seed, stream = 0, offset = 0 }: AttentionOptions): Dropping | undefined {
  if (!(dropoutP >= 0 && dropoutP < 1))
    throw new ShapeError(`${NAME}: dropoutP is ${dropoutP}, expected a probability from 0 to below 1`);
  if (dropoutP === 0) return undefined;
  if (seed === undefined)
    throw new ShapeError(`${NAME}: dropoutP is ${dropoutP} without a seed; give the seed of the run`);
  for (const [name, word] of Object.entries({ seed, stream, offset })) checkWord(NAME, name, nowOf(word));
  return { p: dropoutP, seed, stream, offset };
}

/** Batch axes of the result. @throws ShapeError unless queries, keys, values and mask fit together */
function batchOf(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | undefined): number[] {
  for (const [name, x] of Object.entries({ q, k, v })) {
    if (x.shape.length >= 2) continue;
    throw new ShapeError(`${NAME}: ${name} is ${x}, expected [..., length, features]`);
  }
  const shapes = `q ${formatShape(q.shape)}, k ${formatShape(k.shape)}, v ${formatShape(v.shape)}`;
  const [queries, features] = q.shape.slice(-2);
  const [keys, keyFeatures] = k.shape.slice(-2);
  if (features !== keyFeatures || features === 0)
    throw new ShapeError(`${NAME}: ${shapes}: q and k need the same number of features, at least 1`);
  if (v.shape[v.shape.length - 2] !== keys)
    throw new ShapeError(`${NAME}: ${shapes}: k and v need the same length`);
  const batch = broadcastShapes(NAME, ...[q, k, v].map(({ shape }) => shape.slice(0, -2)));
  if (!mask) return batch;
  const scores: Shape = [...batch, queries, keys];
  const fits =
    mask.shape.length <= scores.length &&
    mask.shape.every((length, i) => length === 1 || length === scores[scores.length - mask.shape.length + i]);
  if (fits) return batch;
  throw new ShapeError(
    `${NAME}: mask ${formatShape(mask.shape)} does not broadcast to the scores ${formatShape(scores)} of ${shapes}`,
  );
}

type AllInputs = readonly [Tensor, Tensor, Tensor, Tensor | undefined];

const settingOf = (inputs: AllInputs, attrs: Attrs): Setting => ({
  ...attrs,
  batch: batchOf(...inputs),
  mask: inputs[3],
});

/** Products of queries and keys, their length, and features. */
const sizesOf = ([q, k, v]: AllInputs): number[] => {
  const [queries, features] = q.shape.slice(-2);
  return [
    q.size / Math.max(1, features * queries),
    queries,
    k.shape[k.shape.length - 2],
    features,
    v.shape[v.shape.length - 1],
  ];
};

/** Features from which on a CPU's products of matrices are faster than a thread a query. */
const WIDE = 16;

/** GPUs go over tiles; CPUs over blocks, unless queries are narrow. */
function inOrder<T>(q: Tensor, tiles: () => T, blocks: () => T | undefined): Way<T>[] {
  const ways: Way<T>[] = [
    ['tiles', tiles],
    ['blocks', blocks],
  ];
  const isNarrow = q.shape[q.shape.length - 1] < WIDE;
  return q.gpu.adapter.software && !isNarrow ? ways.reverse() : ways;
}

/**
 * Attention, softmax(scale q kᵀ + mask) v, by Vaswani et al. (2017); as torch's F.scaled_dot_product_attention. Neither forward
 * nor backward lays out the scores [L, S]: keys are gone over with a running maximum, and the logarithm of each query's sum is
 * kept for the gradient, by Dao et al. (2022); on CPUs some queries are taken at a time. Only the gradient of a mask that requires one is as large as the scores.
 * A query that sees no key gives 0 and has the gradient 0, as in PyTorch from 2.5 on. Unlike there, `isCausal` may be given
 * beside a mask.
 * @param q [..., L, E], @param k [..., S, E], @param v [..., S, Ev], f32 or f16; batch axes broadcast
 * @returns [..., L, Ev] f32
 * @throws ShapeError
 * @example
 * ```ts
 * const [q, k, v] = [gpu.zeros([2, 4]), gpu.ones([2, 4]), gpu.tensor([[1], [3]])];
 * ops.scaledDotProductAttention(q, k, v); // → [[2.00], [2.00]]
 * ops.scaledDotProductAttention(q, k, v, { isCausal: true }); // → [[1.00], [2.00]]
 * ```
 * @example
 * ```ts
 * const one = gpu.ones([1, 3, 4]); // three tokens of width 4
 * ops.scaledDotProductAttention(one, one, one).shape; // → [1, 3, 4]
 * ```
 */
export const scaledDotProductAttention = defineOp({
  name: NAME,
  takes: {
    q: floats,
    k: floats,
    v: floats,
    options: optional(
      options({
        mask: optional(tensorOf(['f32', 'f16', 'i32'])),
        isCausal: optional(aFlag),
        scale: optional(aNumber),
        dropoutP: optional(aNumber),
        seed: optional(aVarying),
        stream: optional(aVarying),
        offset: optional(aVarying),
      }),
    ),
  },
  parse: (...[q, k, v, options = {}]: Args) => {
    const { mask, isCausal = false, scale = 1 / Math.sqrt(q.shape[q.shape.length - 1]) } = options;
    const mixes = [q, k, v].every(({ shape }) => shape.length === 2) && q.shape[0] > 1;
    const attrs: Attrs = { causal: isCausal, scale, dropping: droppingOf(options), mixes };
    return { inputs: [q, k, v, mask] as const, attrs };
  },
  shape: ({ inputs: [q, k, v, mask] }) => [
    ...batchOf(q, k, v, mask),
    q.shape[q.shape.length - 2],
    v.shape[v.shape.length - 1],
  ],
  forward: (k, { inputs, attrs }) =>
    k.gpu.scope(() => {
      const { output, lse } = k.gpu.variants.pick(NAME, sizesOf(inputs), inputs, (q, keys, v, mask) => {
        const setting = settingOf([q, keys, v, mask], attrs);
        return inOrder(
          q,
          () => attend(k, [q, keys, v], setting),
          () => attendInBlocks(k, [q, keys, v], setting),
        );
      });
      return { output, saved: { lse } };
    }),
  backward: (k, { grad, inputs, output, attrs, needs, saved: { lse } }) => {
    const read = [...inputs, grad, output, lse] as const;
    return k.gpu.variants.pick(`${NAME} gradients`, sizesOf(inputs), read, (q, keys, v, mask, ...rest) => {
      const [grad, output, lse] = rest;
      const attended = { inputs: [q, keys, v], grad, output, lse } as const;
      const setting = settingOf([q, keys, v, mask], attrs);
      return inOrder(
        q,
        () => attentionGradients(k, attended, setting, needs),
        () => blockGradients(k, attended, setting, needs),
      );
    });
  },
  mixesSamples: ({ mixes }) => mixes,
  samples: () => {
    const call = (
      title: string,
      [q, k, v]: readonly [Shape, Shape, Shape],
      options: Omit<AttentionOptions, 'mask'> & { readonly mask?: TensorSpec } = {},
    ) => sample<Args>(title, randn(q), randn(k), randn(v), options);
    return [
      call('heads', [
        [2, 2, 3, 4],
        [2, 2, 5, 4],
        [2, 2, 5, 4],
      ]),
      call(
        'causal, features that are no groups of four',
        [
          [3, 3],
          [5, 3],
          [5, 2],
        ],
        { isCausal: true, scale: 0.7 },
      ),
      call(
        'keys seen by some, one query by none',
        [
          [2, 3, 4],
          [2, 3, 4],
          [2, 3, 4],
        ],
        { mask: integers([2, 1, 3], [1, 0, 1, 0, 0, 0]) },
      ),
      call(
        'a mask that is added, and learns; batches against each other',
        [
          [2, 1, 3, 2],
          [2, 4, 2],
          [1, 4, 2],
        ],
        { mask: randn([2, 3, 4]) },
      ),
      call(
        'wider than registers',
        [
          [2, 132],
          [3, 132],
          [3, 132],
        ],
        { mask: constant(randn([3])) },
      ),
    ];
  },
});
