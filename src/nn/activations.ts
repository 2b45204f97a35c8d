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

/** Gives back what it is given. */
export class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}

/** 1 / (1 + e⁻ˣ), elementwise. */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

/** Hyperbolic tangent, elementwise. */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

/** x · sigmoid(x), elementwise. */
export class SiLU extends Module {
  forward(x: Tensor): Tensor {
    return silu(x);
  }
}

/** x · Φ(x), elementwise; with `approximate: 'tanh'` as GPT-2 has it. */
export class GELU extends Module {
  constructor(private readonly options: GeluOptions = {}) {
    super();
    checkGelu([options]);
  }

  forward(x: Tensor): Tensor {
    return gelu(x, this.options);
  }
}

/** x where it is positive, else negativeSlope · x; elementwise. */
export class LeakyReLU extends Module {
  constructor(private readonly negativeSlope = 0.01) {
    super();
    checkLeakyRelu([negativeSlope]);
  }

  forward(x: Tensor): Tensor {
    return leakyRelu(x, { negativeSlope: this.negativeSlope });
  }
}

/** eˣ / Σ eˣ along an axis, the last one by default. */
export class Softmax extends Module {
  constructor(private readonly axis = -1) {
    super();
    checkSoftmax([axis]);
  }

  forward(x: Tensor): Tensor {
    return softmax(x, this.axis);
  }
}
