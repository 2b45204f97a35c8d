import type { Pair } from '../ops/pair';
import { type AvgPoolOptions, avgPool2d, globalAvgPool2d } from '../ops/pool/avg';
import { maxPool2d } from '../ops/pool/max';
import { aFlag, aNumber, aPair, checker, optional, options } from '../tensor/guard';
import type { Tensor } from '../tensor/tensor';
import { Module } from './module';

const poolOptions = { stride: optional(aPair), padding: optional(aPair), ceilMode: optional(aFlag) };
const checkMaxPool = checker('MaxPool2d', {
  kernelSize: aPair,
  options: options({ ...poolOptions, dilation: optional(aPair) }),
});
const checkAvgPool = checker('AvgPool2d', {
  kernelSize: aPair,
  options: options({
    ...poolOptions,
    countIncludePad: optional(aFlag),
    divisorOverride: optional(aNumber),
  }),
});

/** Options of `MaxPool2d` and `AvgPool2d`; two numbers are for height and width. */
export interface PoolLayerOptions {
  /** Default: the kernel size. */
  readonly stride?: number | Pair;
  /** Pixels added on each side, at most half the kernel; default 0. */
  readonly padding?: number | Pair;
  /** Whether windows may reach over the padded edge; default false. */
  readonly ceilMode?: boolean;
}

/**
 * Largest value of each window.
 * @example
 * ```ts
 * new nn.MaxPool2d(2).forward(gpu.tensor([1, 2, 3, 4], [1, 1, 2, 2])); // → [[[[4]]]]
 * ```
 */
export class MaxPool2d extends Module {
  constructor(
    private readonly kernelSize: number | Pair,
    private readonly options: PoolLayerOptions & { readonly dilation?: number | Pair } = {},
  ) {
    super();
    checkMaxPool([kernelSize, options]);
  }

  /**
   * @param x [N, C, H, W]
   * @returns [N, C, H', W'], see `ops.maxPool2d`
   */
  forward(x: Tensor): Tensor {
    return maxPool2d(x, this.kernelSize, this.options);
  }
}

/**
 * Mean of each window.
 * @example
 * ```ts
 * new nn.AvgPool2d(2).forward(gpu.tensor([1, 2, 3, 4], [1, 1, 2, 2])); // → [[[[2.5]]]]
 * ```
 */
export class AvgPool2d extends Module {
  constructor(
    private readonly kernelSize: number | Pair,
    private readonly options: AvgPoolOptions = {},
  ) {
    super();
    checkAvgPool([kernelSize, options]);
  }

  /**
   * @param x [N, C, H, W]
   * @returns [N, C, H', W'], see `ops.avgPool2d`
   */
  forward(x: Tensor): Tensor {
    return avgPool2d(x, this.kernelSize, this.options);
  }
}

/**
 * Mean over each channel's plane; [N, C, H, W] → [N, C, 1, 1].
 * @example
 * ```ts
 * new nn.GlobalAvgPool2d().forward(gpu.ones([2, 8, 7, 7])).shape; // → [2, 8, 1, 1]
 * ```
 */
export class GlobalAvgPool2d extends Module {
  /**
   * @param x [N, C, H, W]
   * @returns [N, C, 1, 1]
   */
  forward(x: Tensor): Tensor {
    return globalAvgPool2d(x);
  }
}
