import type { Kernels } from '../../tensor/kernels';
import type { Shape } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';

/** How the terms of a weight gradient fall into parts that are computed side by side. */
export interface Split {
  readonly parts: number;
  /** Terms of a part; the last may have fewer. */
  readonly length: number;
}

/**
 * Splits `count` terms where tiles of weights alone would leave the machine idle.
 * @param tiles of weights, each of which is computed once a part
 * @param wanted tiles times parts that keep the machine busy
 * @param unit terms that stay together
 */
export function splitTerms(count: number, tiles: number, wanted: number, unit = 1): Split {
  const most = Math.ceil(wanted / tiles);
  const length = unit * Math.max(1, Math.ceil(count / unit / most));
  return { parts: Math.max(1, Math.ceil(count / length)), length };
}

/** Adds the parts up in a fixed order: [parts, ...shape] to `shape`. */
export const addParts = (k: Kernels, partial: Tensor, shape: Shape): Tensor =>
  partial.shape[0] === 1 ? partial.alias(shape) : k.reduce('sum', partial, [0]);
