import type { Tensor } from '../tensor/tensor';
import type { Factors } from './tape';

/** A call that used parameters, with all that its factor rule reads. It keeps memory until `kept` is disposed of. */
export interface FactoredCall {
  readonly op: string;
  readonly samples: number;
  /** The parameters among the call's inputs, in their places. */
  readonly parameters: readonly (Tensor | undefined)[];
  /** Factors of each parameter's per-sample gradients, or of one's alone, over samples from, inclusive, to, exclusive. */
  readonly factors: (from: number, to: number, alone?: Tensor) => readonly (Factors | undefined)[];
  readonly kept: readonly Tensor[];
}
