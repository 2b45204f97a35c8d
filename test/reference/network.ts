import type { GoldenLayer } from '../golden/read';
import { conv2d } from './conv';
import { relu, tanh } from './elementwise';
import { linear } from './matmul';
import { batchNorm2dEval } from './norm';
import { maxPool2d } from './pool';
import type { Ref } from './ref';
import { flatten } from './shape';

function apply(layer: GoldenLayer, position: number, state: Record<string, Ref>, x: Ref): Ref {
  const weight = state[`${position}.weight`];
  const bias = state[`${position}.bias`];
  switch (layer.type) {
    case 'Linear':
      return linear(x, weight, bias);
    case 'Conv2d':
      return conv2d(x, weight, { ...layer, bias });
    case 'BatchNorm2d': {
      const [mean, variance] = [state[`${position}.running_mean`], state[`${position}.running_var`]];
      return batchNorm2dEval(x, mean, variance, { weight, bias, eps: layer.eps });
    }
    case 'MaxPool2d':
      return maxPool2d(x, layer);
    case 'ReLU':
      return relu(x);
    case 'Tanh':
      return tanh(x);
    case 'Flatten':
      return flatten(x, 1);
  }
}

/** Output of a sequence of layers in evaluation mode; the state has PyTorch's names ('0.weight', ...). */
export function forward(layers: readonly GoldenLayer[], state: Record<string, Ref>, input: Ref): Ref {
  return layers.reduce((x, layer, position) => apply(layer, position, state, x), input);
}
