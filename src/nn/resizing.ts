import { type InterpolateOptions, interpolate } from '../ops/interpolate';
import { adaptiveAvgPool2d } from '../ops/pool/adaptive-avg';
import { anObject, checkArgument, kind } from '../tensor/guard';
import type { Tensor } from '../tensor/tensor';
import { Module } from './module';

const aSize = kind(
  'a size, or a pair [height, width]; null keeps one',
  (value) => typeof value === 'number' || (Array.isArray(value) && value.length === 2),
);

/**
 * Mean of each of outputSize windows that cover the plane; [N, C, H, W] → [N, C, height, width].
 * @example
 * ```ts
 * new nn.AdaptiveAvgPool2d([2, 3]).forward(gpu.ones([1, 4, 9, 7])).shape; // → [1, 4, 2, 3]
 * ```
 */
export class AdaptiveAvgPool2d extends Module {
  constructor(private readonly outputSize: Parameters<typeof adaptiveAvgPool2d>[1]) {
    super();
    checkArgument('AdaptiveAvgPool2d', 'outputSize', outputSize, aSize);
  }

  forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.outputSize);
  }
}

/**
 * Makes images or series larger, see `ops.interpolate`; the nearest value by default.
 * @example
 * ```ts
 * new nn.Upsample({ scaleFactor: 2 }).forward(gpu.tensor([[[1, 2]]])); // → [[[1, 1, 2, 2]]]
 * ```
 */
export class Upsample extends Module {
  constructor(private readonly options: InterpolateOptions) {
    super();
    checkArgument('Upsample', 'options', options, anObject);
  }

  forward(x: Tensor): Tensor {
    return interpolate(x, this.options);
  }
}
