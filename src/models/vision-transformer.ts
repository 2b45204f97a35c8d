import { ModuleList } from '../nn/containers';
import * as init from '../nn/init';
import { Conv2d, Linear } from '../nn/layers';
import { Module } from '../nn/module';
import { LayerNorm } from '../nn/norms';
import { TransformerEncoderLayer } from '../nn/transformer';
import { add } from '../ops/arithmetic';
import { concat } from '../ops/concat';
import { expand } from '../ops/expand';
import { flatten, permute, slice } from '../ops/reshape';
import { squeeze } from '../ops/views';
import type { Gpu } from '../tensor/gpu';
import { aCount, aNumber, checker, optional, options } from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import { ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import type { Classifier } from './classifier';

const check = checker('VisionTransformer', {
  gpu: aGpu,
  options: options({
    classes: aCount,
    channels: optional(aCount),
    size: optional(aCount),
    patch: optional(aCount),
    width: optional(aCount),
    depth: optional(aCount),
    heads: optional(aCount),
    dropout: optional(aNumber),
    seed: optional(aNumber),
  }),
});

/** What a vision transformer is made of. */
export interface VisionTransformerOptions {
  /** Number of classes. */
  readonly classes: number;
  /** Image channels; default 3. */
  readonly channels?: number;
  /** Image height and width in pixels; default 32. */
  readonly size?: number;
  /** Height and width of a patch, which divides the size; default 4. */
  readonly patch?: number;
  /** Features of a patch; default 64. The perceptrons have four times as many. */
  readonly width?: number;
  /** Blocks; default 4. */
  readonly depth?: number;
  /** Of the attention; default 4. */
  readonly heads?: number;
  /** Probability of each dropout; default 0. */
  readonly dropout?: number;
  /** Of the dropouts; default 0. */
  readonly seed?: number;
}

/** Standard deviation of the first class token and places, by Dosovitskiy et al. */
const FIRST = 0.02;

/**
 * A small vision transformer, by Dosovitskiy et al. (2021): an image is cut into patches, a class token is put before them, and
 * what blocks of attention make of the token is classified. Images [N, C, H, W] → logits [N, classes].
 * @example
 * ```ts
 * const net = new models.VisionTransformer(gpu, { classes: 10, size: 8, width: 16, depth: 1 });
 * net.forward(gpu.zeros([2, 3, 8, 8])).shape; // → [2, 10]
 * ```
 */
export class VisionTransformer extends Module implements Classifier {
  /** Patches as features. */
  readonly patches: Conv2d;
  /** [1, 1, width] */
  readonly token: Tensor;
  /** [1, 1 + patches, width] */
  readonly places: Tensor;
  /** The blocks. */
  readonly blocks: ModuleList<TransformerEncoderLayer>;
  /** Before the head. */
  readonly norm: LayerNorm;
  /** The last layer. */
  readonly head: Linear;

  /** @throws ShapeError on a patch that does not divide the size, or heads that do not divide the width */
  constructor(gpu: Gpu, given: VisionTransformerOptions) {
    super();
    check([gpu, given]);
    const { classes, channels = 3, size = 32, patch = 4, width = 64, depth = 4, heads = 4 } = given;
    const { dropout = 0, seed = 0 } = given;
    if (size % patch !== 0)
      throw new ShapeError(`VisionTransformer: patches of ${patch} pixels do not divide an image of ${size}`);
    const count = (size / patch) ** 2;
    const drawn = (...shape: number[]) => init.normal(gpu.empty(shape, { requiresGrad: true }), FIRST);
    this.patches = new Conv2d(gpu, channels, width, patch, { stride: patch });
    this.token = drawn(1, 1, width);
    this.places = drawn(1, 1 + count, width);
    const block = (_: unknown, i: number) =>
      new TransformerEncoderLayer(gpu, width, heads, {
        dimFeedforward: 4 * width,
        dropout,
        activation: 'gelu',
        normFirst: true,
        batchFirst: true,
        seed: seed + 4 * i, // a block has four dropouts
      });
    this.blocks = new ModuleList(Array.from({ length: depth }, block));
    this.norm = new LayerNorm(gpu, width);
    this.head = new Linear(gpu, width, classes);
  }

  forward(x: Tensor): Tensor {
    const patches = permute(flatten(this.patches.forward(x), 2), [0, 2, 1]);
    const [samples, , width] = patches.shape;
    let tokens = add(concat([expand(this.token, [samples, 1, width]), patches], 1), this.places);
    for (const block of this.blocks) tokens = block.forward(tokens);
    return this.head.forward(this.norm.forward(squeeze(slice(tokens, 1, 0, 1), 1)));
  }
}
