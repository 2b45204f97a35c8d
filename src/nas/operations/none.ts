import { Module } from '../../nn/module';
import type { Tensor } from '../../tensor/tensor';
import { zerosLike } from './carried';
import type { Operation, Stride } from './operation';

class Zero extends Module {
  constructor(private readonly stride: Stride) {
    super();
  }

  forward(x: Tensor): Tensor {
    return zerosLike(x, this.stride);
  }
}

/** Passes nothing on: zeros without a gradient. */
export const none = {
  name: 'none',
  effect: 'nothing',
  build: (_gpu, _channels, _affine = false, stride = 1) => new Zero(stride),
} as const satisfies Operation;
