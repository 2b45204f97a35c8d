import { relu } from '../ops/activation';
import { add } from '../ops/arithmetic';
import { gelu } from '../ops/gelu';
import type { Gpu } from '../tensor/gpu';
import { aCount, aFlag, aNumber, checker, oneOf, optional, options } from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import type { Tensor } from '../tensor/tensor';
import {
  type AttendOptions,
  attentionOptions,
  MultiheadAttention,
  type MultiheadAttentionOptions,
} from './attention';
import { Dropout, Linear } from './layers';
import { Module } from './module';
import { LayerNorm } from './norms';

const checkLayer = checker('TransformerEncoderLayer', {
  gpu: aGpu,
  dModel: aCount,
  nhead: aCount,
  options: options({
    ...attentionOptions,
    dimFeedforward: optional(aCount),
    activation: optional(oneOf('relu', 'gelu')),
    layerNormEps: optional(aNumber),
    normFirst: optional(aFlag),
  }),
});

/** Options of `TransformerEncoderLayer`. */
export interface TransformerEncoderLayerOptions extends MultiheadAttentionOptions {
  /** Features between the two linear layers; default 2048. */
  readonly dimFeedforward?: number;
  /** Default 0.1, of attention weights and of what each part adds. */
  readonly dropout?: number;
  /** Default 'relu'. */
  readonly activation?: 'relu' | 'gelu';
  /** Default 1e-5. */
  readonly layerNormEps?: number;
  /** Whether each part is normalised before it, or what it gives after it was added; default false. */
  readonly normFirst?: boolean;
}

/**
 * A block of a transformer's encoder: attention to itself and two linear layers, each added to what it reads and normalised; by
 * Vaswani et al. (2017). Parameters have the names of PyTorch's.
 * @example
 * ```ts
 * const layer = new nn.TransformerEncoderLayer(gpu, 16, 4, { dimFeedforward: 32, batchFirst: true });
 * layer.forward(gpu.randn([2, 5, 16])).shape; // → [2, 5, 16]
 * ```
 */
export class TransformerEncoderLayer extends Module {
  /** Every token looks at the others. */
  readonly self_attn: MultiheadAttention;
  /** Into the perceptron's width. */
  readonly linear1: Linear;
  /** Within the perceptron. */
  readonly dropout: Dropout;
  /** Back to the tokens' width. */
  readonly linear2: Linear;
  /** Of the attention. */
  readonly norm1: LayerNorm;
  /** Of the perceptron. */
  readonly norm2: LayerNorm;
  /** Of what the attention adds. */
  readonly dropout1: Dropout;
  /** Of what the perceptron adds. */
  readonly dropout2: Dropout;
  private readonly normFirst: boolean;
  private readonly activation: 'relu' | 'gelu';

  constructor(gpu: Gpu, dModel: number, nhead: number, given: TransformerEncoderLayerOptions = {}) {
    super();
    checkLayer([gpu, dModel, nhead, given]);
    const { dimFeedforward = 2048, dropout = 0.1, activation = 'relu', layerNormEps: eps } = given;
    const { normFirst = false, bias = true, batchFirst, seed = 0 } = given;
    this.normFirst = normFirst;
    this.activation = activation;
    this.self_attn = new MultiheadAttention(gpu, dModel, nhead, { bias, dropout, batchFirst, seed });
    this.linear1 = new Linear(gpu, dModel, dimFeedforward, { bias });
    this.linear2 = new Linear(gpu, dimFeedforward, dModel, { bias });
    this.norm1 = new LayerNorm(gpu, dModel, { eps, bias });
    this.norm2 = new LayerNorm(gpu, dModel, { eps, bias });
    // Without `seek` layers are told apart by their seeds.
    [this.dropout, this.dropout1, this.dropout2] = [1, 2, 3].map((i) => new Dropout(dropout, seed + i));
  }

  /** @param x [L, N, E], with `batchFirst` [N, L, E] @returns a tensor of x's shape */
  forward(x: Tensor, seen: AttendOptions = {}): Tensor {
    const attend = (y: Tensor) => this.dropout1.forward(this.self_attn.forward(y, y, y, seen));
    const feed = (y: Tensor) => this.dropout2.forward(this.fed(y));
    if (this.normFirst) {
      const attended = add(x, attend(this.norm1.forward(x)));
      return add(attended, feed(this.norm2.forward(attended)));
    }
    const attended = this.norm1.forward(add(x, attend(x)));
    return this.norm2.forward(add(attended, feed(attended)));
  }

  private fed(x: Tensor): Tensor {
    const wide = this.linear1.forward(x);
    const active = this.activation === 'relu' ? relu(wide) : gelu(wide);
    return this.linear2.forward(this.dropout.forward(active));
  }
}
