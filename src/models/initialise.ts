import * as init from '../nn/init';
import { Conv2d, Linear } from '../nn/layers';
import type { Module } from '../nn/module';

/** Every kernel by Kaiming-normal for ReLU, biases 0, as torchvision; batch norms are made with scale 1 and shift 0. */
export function initialiseConvolutions<Net extends Module>(net: Net, mode: 'fanIn' | 'fanOut'): Net {
  for (const layer of net.modules()) {
    if (!(layer instanceof Conv2d)) continue;
    init.kaimingNormal(layer.weight, mode);
    if (layer.bias) init.zeros(layer.bias);
  }
  return net;
}

/** A head with its bias at 0, and normal weights where a deviation is given. */
export function initialiseHead(head: Linear, deviation?: number): Linear {
  if (deviation !== undefined) init.normal(head.weight, deviation);
  if (head.bias) init.zeros(head.bias);
  return head;
}

/**
 * Every kernel by Xavier-uniform (Glorot & Bengio 2010), as `weight_init` of Le et al.'s NAS_FUSE.py. It leaves
 * everything else as it was.
 */
export function xavierConvolutions(net: Module): void {
  for (const layer of net.modules()) if (layer instanceof Conv2d) init.xavierUniform(layer.weight);
}

/** Every kernel, linear weight and bias as PyTorch's layers begin: uniform over ±1 / √fanIn. */
export function defaultWeights<Net extends Module>(net: Net): Net {
  for (const layer of net.modules()) {
    if (!(layer instanceof Conv2d || layer instanceof Linear)) continue;
    init.kaimingUniform(layer.weight);
    if (layer.bias) init.uniform(layer.bias, 1 / Math.sqrt(init.fans(layer.weight.shape).fanIn));
  }
  return net;
}
