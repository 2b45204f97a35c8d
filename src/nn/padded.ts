import type { Border } from '../ops/border';
import type { Padding } from '../ops/conv2d/define';
import { pad } from '../ops/pad';
import { type Pair, pair } from '../ops/pair';
import type { Tensor } from '../tensor/tensor';

/** What a convolution's padding is made of, see `ops.pad`; zeros by default. */
export type PaddingMode = 'zeros' | Border;
export const PADDING_MODES: readonly PaddingMode[] = ['zeros', 'reflect', 'replicate', 'circular'];

/** What the padding of a layer follows from. */
interface Padded {
  readonly padding?: Padding<number | Pair>;
  readonly paddingMode?: PaddingMode;
  readonly dilation?: number | Pair;
}

/** x with its padding around where that is not of zeros, and the padding that is left to the convolution. */
export function padded<Size extends number | Pair>(
  layer: string,
  x: Tensor,
  kernel: readonly number[],
  options: Padded & { readonly padding?: Padding<Size> },
): { x: Tensor; padding: Padding<Size> | undefined } {
  const { padding = 0, paddingMode = 'zeros', dilation = 1 } = options;
  if (paddingMode === 'zeros' || padding === 'valid') return { x, padding: options.padding };
  const steps = pair(layer, 'dilation', dilation, 1).slice(-kernel.length);
  const around = padding === 'same' ? [] : pair(layer, 'padding', padding, 0).slice(-kernel.length);
  const sides = kernel.map((length, axis) => {
    const total = steps[axis] * (length - 1);
    const before = around[axis] ?? Math.floor(total / 2);
    return [before, around[axis] ?? total - before];
  });
  return { x: pad(x, sides.toReversed().flat(), { mode: paddingMode }), padding: 'valid' };
}
