import { where } from '../ops/activation';
import { scaledDotProductAttention } from '../ops/attention';
import { logicalAnd, logicalNot } from '../ops/comparison';
import { linear } from '../ops/matmul/linear';
import { permute, reshape, slice } from '../ops/reshape';
import type { Gpu } from '../tensor/gpu';
import { aCount, aFlag, aNumber, checker, optional, options } from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import { ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { Draws } from './draws';
import * as init from './init';
import { Linear } from './layers';
import { Module } from './module';

export const attentionOptions = {
  bias: optional(aFlag),
  dropout: optional(aNumber),
  batchFirst: optional(aFlag),
  seed: optional(aNumber),
};
const checkAttention = checker('MultiheadAttention', {
  gpu: aGpu,
  embedDim: aCount,
  numHeads: aCount,
  options: options(attentionOptions),
});

/** Options of `MultiheadAttention`. */
export interface MultiheadAttentionOptions {
  /** Default true. */
  readonly bias?: boolean;
  /** Probability that an attention weight becomes 0 in training; default 0. */
  readonly dropout?: number;
  /** Whether tensors are [N, L, E]; default false, [L, N, E], as in PyTorch. */
  readonly batchFirst?: boolean;
  /** Of the dropout; default 0. */
  readonly seed?: number;
}

/** What a query sees. */
export interface AttendOptions {
  /**
   * As in `ops.scaledDotProductAttention`, broadcast to [N, heads, L, S]: i32, 1 where a query sees a key, or floats that are
   * added to the scores. (In PyTorch's MultiheadAttention true is where it does not see it.)
   */
  readonly mask?: Tensor;
  /** [N, S] i32, 1 for keys that are padding, as in PyTorch. */
  readonly keyPaddingMask?: Tensor;
  /** Whether query l sees keys 0 to l alone; default false. */
  readonly isCausal?: boolean;
}

/**
 * Multi-head attention, by Vaswani et al. (2017), with the parameters of PyTorch's: `in_proj_weight` [3E, E] of queries, keys
 * and values, `in_proj_bias`, and `out_proj`.
 * @example
 * ```ts
 * const layer = new nn.MultiheadAttention(gpu, 16, 4, { batchFirst: true });
 * const x = gpu.randn([2, 5, 16]);
 * layer.forward(x, x, x, { isCausal: true }).shape; // → [2, 5, 16]
 * ```
 */
export class MultiheadAttention extends Module {
  /** Of queries, keys and values, [3 E, E]. */
  readonly in_proj_weight: Tensor;
  /** Of queries, keys and values, [3 E]; undefined without one. */
  readonly in_proj_bias: Tensor | undefined;
  /** From the heads side by side to the result. */
  readonly out_proj: Linear;
  private readonly draws: Draws;
  private readonly dropout: number;
  private readonly batchFirst: boolean;

  /** @throws ShapeError if embedDim does not divide into the heads */
  constructor(
    gpu: Gpu,
    private readonly embedDim: number,
    private readonly numHeads: number,
    given: MultiheadAttentionOptions = {},
  ) {
    super();
    checkAttention([gpu, embedDim, numHeads, given]);
    if (embedDim % numHeads !== 0)
      throw new ShapeError(`MultiheadAttention: ${embedDim} features do not divide into ${numHeads} heads`);
    const { bias = true, dropout = 0, batchFirst = false, seed = 0 } = given;
    this.dropout = dropout;
    this.batchFirst = batchFirst;
    this.draws = new Draws(seed);
    this.in_proj_weight = init.xavierUniform(gpu.empty([3 * embedDim, embedDim], { requiresGrad: true }));
    this.in_proj_bias = bias ? gpu.zeros([3 * embedDim], { requiresGrad: true }) : undefined;
    this.out_proj = new Linear(gpu, embedDim, embedDim, { bias });
    if (this.out_proj.bias) init.zeros(this.out_proj.bias);
  }

  override seek(step: number, random: { layers: number }): void {
    this.draws.seek(step, random);
    super.seek(step, random);
  }

  /**
   * @param query [L, N, E], @param key and @param value [S, N, E], with `batchFirst` [N, L, E] and [N, S, E]; left out they are
   *   the query, which attends to itself
   * @returns a tensor of the query's shape
   */
  forward(query: Tensor, key: Tensor = query, value: Tensor = key, seen: AttendOptions = {}): Tensor {
    const { embedDim: width, training, dropout } = this;
    const [q, k, v] = this.projected([query, key, value].map((x) => (this.batchFirst ? x : swapped(x))));
    const random = training && dropout > 0 ? { dropoutP: dropout, ...this.draws.next(query.gpu) } : {};
    const heads = scaledDotProductAttention(this.parted(q), this.parted(k), this.parted(v), {
      ...random,
      mask: maskOf(seen),
      isCausal: seen.isCausal,
    });
    const [samples, , length] = heads.shape;
    const joined = reshape(permute(heads, [0, 2, 1, 3]), [samples, length, width]);
    const out = this.out_proj.forward(joined);
    return this.batchFirst ? out : swapped(out);
  }

  /** Queries, keys and values [N, L, E], by one product where all come from the same tensor. */
  private projected([query, key, value]: Tensor[]): Tensor[] {
    const { embedDim: width, in_proj_weight: weight, in_proj_bias: bias } = this;
    if (query === key && key === value) {
      const all = linear(query, weight, bias);
      return [0, 1, 2].map((i) => slice(all, 2, i * width, (i + 1) * width));
    }
    return [query, key, value].map((x, i) => {
      const rows = (y: Tensor) => slice(y, 0, i * width, (i + 1) * width);
      return linear(x, rows(weight), bias && rows(bias));
    });
  }

  /** [N, L, E] as [N, heads, L, E / heads]. */
  private parted(x: Tensor): Tensor {
    const [samples, length] = x.shape;
    return permute(reshape(x, [samples, length, this.numHeads, -1]), [0, 2, 1, 3]);
  }
}

const swapped = (x: Tensor): Tensor => permute(x, [1, 0, 2]);

/** Both masks as one that `ops.scaledDotProductAttention` takes. */
function maskOf({ mask, keyPaddingMask }: AttendOptions): Tensor | undefined {
  if (!keyPaddingMask) return mask;
  const [samples, keys] = keyPaddingMask.shape;
  const seen = logicalNot(keyPaddingMask.alias([samples, 1, 1, keys]));
  if (!mask) return seen;
  return mask.dtype === 'i32' ? logicalAnd(mask, seen) : where(seen, mask, hidden(mask));
}

const hidden = (mask: Tensor): Tensor => mask.gpu.full([], Number.NEGATIVE_INFINITY);
