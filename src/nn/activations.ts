import { sigmoid, tanh } from '../ops/activation';
import { type GeluOptions, gelu } from '../ops/gelu';
import { softmax } from '../ops/softmax';
import { leakyRelu, silu } from '../ops/units';
import { aNumber, aWholeNumber, checker, oneOf, optional, options } from '../tensor/guard';
import type { Tensor } from '../tensor/tensor';
import { Module } from './module';

const checkGelu = checker('GELU', { options: options({ approximate: optional(oneOf('none', 'tanh')) }) });
const checkLeakyRelu = checker('LeakyReLU', { negativeSlope: aNumber });
const checkSoftmax = checker('Softmax', { axis: aWholeNumber });

/**
 * Gives back what it is given.
 * @example
 * ```ts
 * const net = new nn.Sequential(new nn.Linear(gpu, 4, 4), new nn.Identity());
 * net.forward(gpu.ones([2, 4])).shape; // → [2, 4]
 * ```
 */
export class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}

/**
 * 1 / (1 + e⁻ˣ), elementwise.
 * @example
 * ```ts
 * new nn.Sigmoid().forward(gpu.tensor([0, 2])); // → [0.5, 0.88]
 * ```
 */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

/**
 * Hyperbolic tangent, elementwise.
 * @example
 * ```ts
 * new nn.Tanh().forward(gpu.tensor([0, 1])); // → [0, 0.76]
 * ```
 */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

/**
 * x · sigmoid(x), elementwise.
 * @example
 * ```ts
 * new nn.SiLU().forward(gpu.tensor([0, 2])); // → [0, 1.76]
 * ```
 */
export class SiLU extends Module {
  forward(x: Tensor): Tensor {
    return silu(x);
  }
}

/**
 * x · Φ(x), elementwise; with `approximate: 'tanh'` as GPT-2 has it.
 * @example
 * ```ts
 * new nn.GELU().forward(gpu.tensor([0, 1])); // → [0, 0.841]
 * new nn.GELU({ approximate: 'tanh' }).forward(gpu.tensor([0, 1])); // → [0, 0.841]
 * ```
 */
export class GELU extends Module {
  constructor(private readonly options: GeluOptions = {}) {
    super();
    checkGelu([options]);
  }

  forward(x: Tensor): Tensor {
    return gelu(x, this.options);
  }
}

/**
 * x where it is positive, else negativeSlope · x; elementwise.
 * @example
 * ```ts
 * new nn.LeakyReLU(0.5).forward(gpu.tensor([-2, 3])); // → [-1, 3]
 * ```
 */
export class LeakyReLU extends Module {
  constructor(private readonly negativeSlope = 0.01) {
    super();
    checkLeakyRelu([negativeSlope]);
  }

  forward(x: Tensor): Tensor {
    return leakyRelu(x, { negativeSlope: this.negativeSlope });
  }
}

/**
 * eˣ / Σ eˣ along an axis, the last one by default.
 * @example
 * ```ts
 * new nn.Softmax().forward(gpu.tensor([[0, 0, 0, 0]])); // → [[0.25, 0.25, 0.25, 0.25]]
 * ```
 */
export class Softmax extends Module {
  constructor(private readonly axis = -1) {
    super();
    checkSoftmax([axis]);
  }

  forward(x: Tensor): Tensor {
    return softmax(x, this.axis);
  }
}
