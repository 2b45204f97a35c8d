import { batchNorm } from '../ops/batch-norm-any';
import { groupNorm, layerNorm } from '../ops/norms';
import type { Gpu } from '../tensor/gpu';
import { aCount, aFlag, aNumber, checker, kind, optional, options } from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import { type Shape, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { BatchNorm2d, type BatchNorm2dLayerOptions } from './layers';
import { Module } from './module';

const aLength = kind(
  'a length or an array of the last lengths',
  (value) => typeof value === 'number' || (Array.isArray(value) && value.every(Number.isInteger)),
);
const checkLayerNorm = checker('LayerNorm', {
  gpu: aGpu,
  normalizedShape: aLength,
  options: options({ eps: optional(aNumber), affine: optional(aFlag), bias: optional(aFlag) }),
});
const checkGroupNorm = checker('GroupNorm', {
  gpu: aGpu,
  groups: aCount,
  channels: aCount,
  options: options({ eps: optional(aNumber), affine: optional(aFlag) }),
});

/** Options of `LayerNorm`. */
export interface LayerNormLayerOptions {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
  /** Whether scale and shift are learnt; default true. */
  readonly affine?: boolean;
  /** Whether there is a shift beside the scale; default true. */
  readonly bias?: boolean;
}

/**
 * Normalises the last axes of x, each sample and token by itself; see `ops.layerNorm`.
 * @example
 * ```ts
 * const layer = new nn.LayerNorm(gpu, 2);
 * layer.forward(gpu.tensor([[1, 3], [10, 20]])); // → [[-1.0, 1.0], [-1.0, 1.0]]
 * ```
 */
export class LayerNorm extends Module {
  /** Scale, of the shape that is normalised, at first 1; undefined unless `affine`. */
  readonly weight: Tensor | undefined;
  /** Shift, of the same shape, at first 0; undefined where there is none. */
  readonly bias: Tensor | undefined;
  private readonly shape: Shape;
  private readonly eps: number;

  /** @param normalizedShape the last axes, or the length of the last one */
  constructor(gpu: Gpu, normalizedShape: number | Shape, options: LayerNormLayerOptions = {}) {
    super();
    checkLayerNorm([gpu, normalizedShape, options]);
    const { eps = 1e-5, affine = true, bias = true } = options;
    this.shape = typeof normalizedShape === 'number' ? [normalizedShape] : [...normalizedShape];
    this.eps = eps;
    this.weight = affine ? gpu.ones(this.shape, { requiresGrad: true }) : undefined;
    this.bias = affine && bias ? gpu.zeros(this.shape, { requiresGrad: true }) : undefined;
  }

  forward(x: Tensor): Tensor {
    const { weight, bias, eps } = this;
    return layerNorm(x, this.shape, { weight, bias, eps });
  }
}

/** Options of `GroupNorm`. */
export interface GroupNormLayerOptions {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
  /** Whether scale and shift are learnt; default true. */
  readonly affine?: boolean;
}

/**
 * Normalises the channels of each group together, each sample by itself; x [N, C, ...].
 * @example
 * ```ts
 * const layer = new nn.GroupNorm(gpu, 2, 8);
 * layer.forward(gpu.ones([4, 8, 5, 5])).shape; // → [4, 8, 5, 5]
 * ```
 */
export class GroupNorm extends Module {
  /** Scale [C], at first 1; undefined unless `affine`. */
  readonly weight: Tensor | undefined;
  /** Shift [C], at first 0; undefined unless `affine`. */
  readonly bias: Tensor | undefined;
  private readonly eps: number;

  /** @throws ShapeError if the channels do not divide into the groups */
  constructor(
    gpu: Gpu,
    private readonly groups: number,
    channels: number,
    options: GroupNormLayerOptions = {},
  ) {
    super();
    checkGroupNorm([gpu, groups, channels, options]);
    if (channels % groups !== 0)
      throw new ShapeError(`GroupNorm: ${channels} channels do not divide into ${groups} groups`);
    const { eps = 1e-5, affine = true } = options;
    this.eps = eps;
    this.weight = affine ? gpu.ones([channels], { requiresGrad: true }) : undefined;
    this.bias = affine ? gpu.zeros([channels], { requiresGrad: true }) : undefined;
  }

  forward(x: Tensor): Tensor {
    const { weight, bias, eps } = this;
    return groupNorm(x, this.groups, { weight, bias, eps });
  }
}

/**
 * Normalises each channel over the batch, as `BatchNorm2d`; x [N, C] or [N, C, L].
 * @example
 * ```ts
 * const layer = new nn.BatchNorm1d(gpu, 2);
 * layer.forward(gpu.tensor([[1, 10], [3, 30]])); // → [[-1.0, -1.0], [1.0, 1.0]]
 * ```
 */
export class BatchNorm1d extends BatchNorm2d {
  constructor(gpu: Gpu, channels: number, options: BatchNorm2dLayerOptions = {}) {
    super(gpu, channels, options);
  }

  override forward(x: Tensor): Tensor {
    if (x.shape.length === 2 || x.shape.length === 3) return batchNorm(x, this.settings());
    throw new ShapeError(`BatchNorm1d: x is ${x}, expected [N, C] or [N, C, L]`);
  }
}
