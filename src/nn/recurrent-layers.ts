import { relu, sigmoid, tanh } from '../ops/activation';
import { add, mul, sub } from '../ops/arithmetic';
import { linear } from '../ops/matmul/linear';
import { slice } from '../ops/reshape';
import type { Gpu } from '../tensor/gpu';
import { aCount, checker, oneOf, optional, options } from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import type { Tensor } from '../tensor/tensor';
import { type CellState, Recurrent, type RecurrentOptions, recurrentOptions } from './recurrent';

const sizes = { gpu: aGpu, inputSize: aCount, hiddenSize: aCount };
const checkRnn = checker('RNN', {
  ...sizes,
  options: options({ ...recurrentOptions, nonlinearity: optional(oneOf('tanh', 'relu')) }),
});
const checkLstm = checker('LSTM', { ...sizes, options: options(recurrentOptions) });
const checkGru = checker('GRU', { ...sizes, options: options(recurrentOptions) });

/** Options of `RNN`. */
export interface RnnOptions extends RecurrentOptions {
  /** Default 'tanh'. */
  readonly nonlinearity?: 'tanh' | 'relu';
}

/** The parts of x [N, parts · width], in order. */
const partsOf = (x: Tensor, parts: number): Tensor[] => {
  const width = x.shape[1] / parts;
  return Array.from({ length: parts }, (_, i) => slice(x, 1, i * width, (i + 1) * width));
};

/**
 * h' = tanh(W x + b + W' h + b'), by Elman (1990).
 * @example
 * ```ts
 * const layer = new nn.RNN(gpu, 3, 8, { batchFirst: true });
 * layer.forward(gpu.randn([2, 4, 3])).shape; // → [2, 4, 8]
 * ```
 */
export class RNN extends Recurrent {
  private readonly nonlinearity: 'tanh' | 'relu';

  constructor(gpu: Gpu, inputSize: number, hiddenSize: number, given: RnnOptions = {}) {
    checkRnn([gpu, inputSize, hiddenSize, given]);
    super(gpu, inputSize, hiddenSize, given, { name: 'RNN', parts: 1, carried: 1 });
    this.nonlinearity = given.nonlinearity ?? 'tanh';
  }

  protected step(xs: Tensor, [hidden]: CellState, weight: Tensor, bias: Tensor | undefined): CellState {
    const sum = add(xs, linear(hidden, weight, bias));
    return [this.nonlinearity === 'tanh' ? tanh(sum) : relu(sum)];
  }
}

/**
 * Long short-term memory, by Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al. (2000): c' = σ(f) · c + σ(i) ·
 * tanh(g), h' = σ(o) · tanh(c'). Rows of its weights are i, f, g, o; a state is [h, c].
 * @example
 * ```ts
 * const layer = new nn.LSTM(gpu, 3, 8, { batchFirst: true });
 * const { output, state } = layer.recur(gpu.randn([2, 4, 3]));
 * output.shape; // → [2, 4, 8]
 * state[1].shape; // → [1, 2, 8]
 * ```
 */
export class LSTM extends Recurrent {
  constructor(gpu: Gpu, inputSize: number, hiddenSize: number, given: RecurrentOptions = {}) {
    checkLstm([gpu, inputSize, hiddenSize, given]);
    super(gpu, inputSize, hiddenSize, given, { name: 'LSTM', parts: 4, carried: 2 });
  }

  protected step(xs: Tensor, [hidden, cell]: CellState, weight: Tensor, bias: Tensor | undefined): CellState {
    const [i, f, g, o] = partsOf(add(xs, linear(hidden, weight, bias)), 4);
    const next = add(mul(sigmoid(f), cell), mul(sigmoid(i), tanh(g)));
    return [mul(sigmoid(o), tanh(next)), next];
  }
}

/**
 * Gated recurrent unit, by Cho et al. (2014), as PyTorch has it: n = tanh(xₙ + σ(r) · hₙ), h' = n + σ(z) · (h − n). Rows of its
 * weights are r, z, n.
 * @example
 * ```ts
 * const layer = new nn.GRU(gpu, 3, 8, { bidirectional: true });
 * layer.forward(gpu.randn([4, 2, 3])).shape; // → [4, 2, 16]
 * ```
 */
export class GRU extends Recurrent {
  constructor(gpu: Gpu, inputSize: number, hiddenSize: number, given: RecurrentOptions = {}) {
    checkGru([gpu, inputSize, hiddenSize, given]);
    super(gpu, inputSize, hiddenSize, given, { name: 'GRU', parts: 3, carried: 1 });
  }

  protected step(xs: Tensor, [hidden]: CellState, weight: Tensor, bias: Tensor | undefined): CellState {
    const [xr, xz, xn] = partsOf(xs, 3);
    const [hr, hz, hn] = partsOf(linear(hidden, weight, bias), 3);
    const next = tanh(add(xn, mul(sigmoid(add(xr, hr)), hn)));
    return [add(next, mul(sigmoid(add(xz, hz)), sub(hidden, next)))];
  }
}
