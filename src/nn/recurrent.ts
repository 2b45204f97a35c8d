import { concat, stack } from '../ops/concat';
import { linear } from '../ops/matmul/linear';
import { permute, slice } from '../ops/reshape';
import { squeeze } from '../ops/views';
import type { Gpu } from '../tensor/gpu';
import { aCount, aFlag, aNumber, optional } from '../tensor/guard';
import { formatShape, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import * as init from './init';
import { Dropout } from './layers';
import { Module } from './module';

export const recurrentOptions = {
  numLayers: optional(aCount),
  bias: optional(aFlag),
  batchFirst: optional(aFlag),
  dropout: optional(aNumber),
  bidirectional: optional(aFlag),
  seed: optional(aNumber),
};

/** Options of recurrent layers. */
export interface RecurrentOptions {
  /** Layers on top of each other; default 1. */
  readonly numLayers?: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Whether sequences are [N, L, features]; default false, [L, N, features], as in PyTorch. */
  readonly batchFirst?: boolean;
  /** Probability that a feature between two layers becomes 0 in training; default 0. */
  readonly dropout?: number;
  /** Whether a second cell reads each sequence from its end; default false. Its features come after the other's. */
  readonly bidirectional?: boolean;
  /** Of the dropout; default 0. */
  readonly seed?: number;
}

/** What a cell carries from token to token, [N, hidden] each; the first of them is its output. */
export type CellState = readonly Tensor[];

/** What a layer gave for each token, and its states after the last one, [numLayers · directions, N, hidden] each. */
export interface Recurrence {
  /** Of the last layer, at every step. */
  readonly output: Tensor;
  /** Of every layer, after the last step. */
  readonly state: readonly Tensor[];
}

/** What makes a layer another than the others. */
interface Form {
  readonly name: string;
  /** Parts of a cell, such as an LSTM's four gates; its weights have so many times `hiddenSize` rows. */
  readonly parts: number;
  /** Tensors of a state. */
  readonly carried: number;
}

/**
 * Base of layers that walk over sequences. Parameters have PyTorch's names, such as `weight_ih_l0` and `bias_hh_l0_reverse`, and
 * its first values, uniform within ±1/√hiddenSize.
 */
export abstract class Recurrent extends Module {
  private readonly numLayers: number;
  private readonly batchFirst: boolean;
  private readonly directions: readonly string[];
  private readonly between: Dropout | undefined;

  /** @internal */
  constructor(
    gpu: Gpu,
    private readonly inputSize: number,
    protected readonly hiddenSize: number,
    options: RecurrentOptions,
    private readonly form: Form,
  ) {
    super();
    const {
      numLayers = 1,
      bias = true,
      batchFirst = false,
      dropout = 0,
      bidirectional = false,
      seed,
    } = options;
    this.numLayers = numLayers;
    this.batchFirst = batchFirst;
    this.directions = bidirectional ? ['', '_reverse'] : [''];
    this.between = dropout > 0 ? new Dropout(dropout, seed) : undefined;
    const bound = 1 / Math.sqrt(hiddenSize);
    const rows = form.parts * hiddenSize;
    for (let layer = 0; layer < numLayers; layer++) {
      const width = layer === 0 ? inputSize : hiddenSize * this.directions.length;
      for (const direction of this.directions) {
        const shapes = { weight_ih: [rows, width], weight_hh: [rows, hiddenSize] };
        const biases = bias ? { bias_ih: [rows], bias_hh: [rows] } : {};
        for (const [name, shape] of Object.entries({ ...shapes, ...biases })) {
          const parameter = init.uniform(gpu.empty(shape, { requiresGrad: true }), bound);
          Object.assign(this, { [`${name}_l${layer}${direction}`]: parameter });
        }
      }
    }
  }

  /** One token: what the input gave, xs [N, parts · hidden], and the state before, to the state after. */
  protected abstract step(xs: Tensor, state: CellState, weight: Tensor, bias: Tensor | undefined): CellState;

  /** The output of every token; see `recur` for the state after the last one. */
  forward(x: Tensor): Tensor {
    return this.recur(x).output;
  }

  /**
   * @param x [L, N, inputSize], with `batchFirst` [N, L, inputSize]; L at least 1
   * @param state where to begin, as `recur` gives it; default: zeros
   * @returns output [L, N, directions · hiddenSize], or batch first, and the state to go on from
   * @throws ShapeError
   */
  recur(x: Tensor, state: readonly Tensor[] = this.zeros(x)): Recurrence {
    this.check(x, state);
    let tokens = this.batchFirst ? x : permute(x, [1, 0, 2]);
    const last: CellState[] = [];
    for (let layer = 0; layer < this.numLayers; layer++) {
      const walks = this.directions.map((direction, i) => {
        const first = state.map((part) => squeeze(slice(part, 0, last.length + i, last.length + i + 1), 0));
        return this.walk(tokens, first, `l${layer}${direction}`, direction !== '');
      });
      for (const walk of walks) last.push(walk.state);
      tokens =
        walks.length === 1
          ? walks[0].output
          : concat(
              walks.map(({ output }) => output),
              2,
            );
      if (this.between && layer < this.numLayers - 1) tokens = this.between.forward(tokens);
    }
    return {
      output: this.batchFirst ? tokens : permute(tokens, [1, 0, 2]),
      state: state.map((_, part) =>
        stack(
          last.map((own) => own[part]),
          0,
        ),
      ),
    };
  }

  /** One layer in one direction over [N, L, features]. */
  private walk(tokens: Tensor, first: CellState, end: string, isReversed: boolean): Recurrence {
    const [, length] = tokens.shape;
    const named = (name: string) => Reflect.get(this, `${name}_${end}`) as Tensor | undefined;
    const [weightIh, weightHh] = [named('weight_ih'), named('weight_hh')];
    if (!weightIh || !weightHh) throw new ShapeError(`${this.form.name}: the parameters of ${end} are gone`);
    const all = linear(tokens, weightIh, named('bias_ih'));
    const outputs: Tensor[] = [];
    let state = first;
    for (let i = 0; i < length; i++) {
      const at = isReversed ? length - 1 - i : i;
      state = this.step(squeeze(slice(all, 1, at, at + 1), 1), state, weightHh, named('bias_hh'));
      outputs[at] = state[0];
    }
    return { output: stack(outputs, 1), state };
  }

  private zeros({ gpu, shape }: Tensor): Tensor[] {
    const samples = shape[this.batchFirst ? 0 : 1] ?? 0;
    const zeros = () => gpu.zeros([this.numLayers * this.directions.length, samples, this.hiddenSize]);
    return Array.from({ length: this.form.carried }, zeros);
  }

  private check(x: Tensor, state: readonly Tensor[]): void {
    const { name, carried } = this.form;
    const layout = this.batchFirst ? '[N, L, features]' : '[L, N, features]';
    const [samples, length] = this.batchFirst ? x.shape : [x.shape[1], x.shape[0]];
    if (x.shape.length !== 3 || x.shape[2] !== this.inputSize || length === 0)
      throw new ShapeError(
        `${name}: x is ${x}, expected ${layout} with ${this.inputSize} features and at least one token`,
      );
    const expected = [this.numLayers * this.directions.length, samples, this.hiddenSize];
    const fits = state.length === carried && state.every(({ shape }) => String(shape) === String(expected));
    if (fits) return;
    const given = state.map(({ shape }) => formatShape(shape)).join(', ');
    throw new ShapeError(`${name}: the state is ${given}, expected ${carried} of ${formatShape(expected)}`);
  }
}
