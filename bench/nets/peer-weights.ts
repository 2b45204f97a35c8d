import type { Rank, Tensor1D, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import { permute, permutedShape } from '../data';
import { OIHW_TO_HWIO, OIHW_TO_HWOI } from '../layout';
import type { Tf } from '../peer';
import type { State } from './start';

/** Channels, height and width of what a linear layer is given flattened. */
type Map3 = readonly [channels: number, height: number, width: number];

/** A network's parameters as tfjs wants them, by our names; each becomes a variable when it is first asked for. */
export class PeerWeights {
  private readonly variables = new Map<string, Variable>();
  private readonly constants = new Map<string, Tensor1D>();

  constructor(
    private readonly tf: Tf,
    private readonly state: State,
  ) {}

  /** [KH, KW, I, O] */
  conv(name: string): Tensor4D {
    return this.variable(name, OIHW_TO_HWIO) as Tensor4D;
  }

  /** [KH, KW, C, 1] */
  depthwise(name: string): Tensor4D {
    return this.variable(name, OIHW_TO_HWOI) as Tensor4D;
  }

  /** [I, O]; `map` says of which images the inputs are the flattened ones: tfjs flattens channels last. */
  linear(name: string, map?: Map3): Tensor2D {
    if (!map) return this.variable(name, [1, 0]) as Tensor2D;
    const [outputs, inputs] = this.entry(name).shape;
    return this.variable(name, OIHW_TO_HWIO, [outputs, ...map], [inputs, outputs]) as Tensor2D;
  }

  /** As it is. */
  vector(name: string): Tensor1D {
    return this.variable(name, [0]) as Tensor1D;
  }

  /** Values that do not learn. */
  constant(value: number, length: number): Tensor1D {
    const name = `${length} times ${value}`;
    const known = this.constants.get(name);
    if (known) return known;
    const { tf } = this;
    const made = tf.keep(tf.fill<Rank.R1>([length], value));
    this.constants.set(name, made);
    return made;
  }

  has(name: string): boolean {
    return this.state.has(name);
  }

  /** All parameters that were asked for. */
  all(): Variable[] {
    return [...this.variables.values()];
  }

  dispose(): void {
    for (const tensor of [...this.variables.values(), ...this.constants.values()]) tensor.dispose();
  }

  private variable(
    name: string,
    axes: readonly number[],
    shape = this.entry(name).shape,
    as = permutedShape(shape, axes),
  ): Variable {
    const known = this.variables.get(name);
    if (known) return known;
    const { tf } = this;
    const made = tf.tidy(() => tf.variable(tf.tensor(permute(this.entry(name).data, shape, axes), as)));
    this.variables.set(name, made);
    return made;
  }

  private entry(name: string) {
    const entry = this.state.get(name);
    if (!entry) throw new Error(`the network has no parameter ${name}`);
    return entry;
  }
}
