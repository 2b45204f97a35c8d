import { Module } from '../../nn/module';
import type { Tensor } from '../../tensor/tensor';
import { zerosLike } from './carried';
import { operation, type Stride } from './operation';

class Zero extends Module {
  constructor(private readonly stride: Stride) {
    super();
  }

  forward(x: Tensor): Tensor {
    return zerosLike(x, this.stride);
  }
}

/** Passes nothing on: zeros without a gradient. */
export const none = operation({
  name: 'none',
  effect: 'nothing',
  cost: 0,
  build: (_gpu, _channels, _affine, stride) => new Zero(stride),
});
