import { BatchNorm2d, Conv2d, ReLU } from '../../nn/layers';
import { Module } from '../../nn/module';
import { concat } from '../../ops/concat';
import { pad } from '../../ops/pad';
import { slice } from '../../ops/reshape';
import type { Gpu } from '../../tensor/gpu';
import { aCount, checkArgument } from '../../tensor/guard';
import { ShapeError } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import { operation } from './operation';

class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}

/**
 * What a skip connection is where a cell halves the image (DARTS, Liu et al. 2019): ReLU, two pointwise convolutions
 * of stride 2, batch norm. One convolution takes the even pixels and one the odd, and their outputs stand side by
 * side on channels. [N, C, H, W] → [N, C, ⌈H / 2⌉, ⌈W / 2⌉]; where H or W is odd, a row or column of zeros stands
 * behind the odd pixels.
 */
export class FactorizedReduction extends Module {
  readonly relu = new ReLU();
  readonly even: Conv2d;
  readonly odd: Conv2d;
  readonly norm: BatchNorm2d;

  /** @throws ShapeError on an odd number of channels */
  constructor(gpu: Gpu, channels: number, affine: boolean) {
    super();
    checkArgument('skip_connect of stride 2', 'channels', channels, aCount);
    if (channels % 2 !== 0) {
      throw new ShapeError(
        `skip_connect of stride 2: ${channels} channels, expected an even number, half for each of its convolutions`,
      );
    }
    const half = () => new Conv2d(gpu, channels, channels / 2, 1, { stride: 2, bias: false });
    this.even = half();
    this.odd = half();
    this.norm = new BatchNorm2d(gpu, channels, { affine });
  }

  forward(x: Tensor): Tensor {
    const seen = this.relu.forward(x);
    const [, , height, width] = x.shape;
    const shifted = slice(slice(seen, 2, 1), 3, 1);
    const isOdd = height % 2 === 1 || width % 2 === 1;
    const whole = isOdd ? pad(shifted, [0, width % 2, 0, height % 2]) : shifted;
    return this.norm.forward(concat([this.even.forward(seen), this.odd.forward(whole)], 1));
  }
}

/** Passes the image on as it is. Where it has to be halved, a `FactorizedReduction` does that. */
export const skipConnect = operation({
  name: 'skip_connect',
  effect: 'identity',
  cost: 0,
  build: (gpu, channels, affine, stride) =>
    stride === 1 ? new Identity() : new FactorizedReduction(gpu, channels, affine),
});
