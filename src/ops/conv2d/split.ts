import type { Constants } from '../../../runtime/kernel';
import type { Kernels } from '../../tensor/kernels';
import { type Shape, sizeOf } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';

/** How the terms of a weight gradient fall into parts that are computed side by side. */
export interface Split {
  readonly parts: number;
  /** Terms of a part; the last may have fewer. */
  readonly length: number;
}

/** Squares of samples that a part adds up one after another. */
export const SAMPLES_OF_PART = 64;

/** A sum of more terms is kept as a running sum: chains of chains would lose digits. */
const LONG_TERMS = 2048;

/** Parts may take so much of what the operands take. */
const SMALL = 0.25;

/**
 * Samples that a part has at most. The code of running sums takes longer to compile than all else: no part has so many terms
 * that it needs them, unless the parts were large then.
 */
export function samplesOfPart(grad: Tensor, x: Tensor, weight: Shape, perSample: boolean): number {
  if (perSample) return SAMPLES_OF_PART;
  const samples = Math.floor(LONG_TERMS / sizeOf(grad.shape.slice(2)));
  const parts = Math.ceil(grad.shape[0] / samples);
  const isSmall = parts * sizeOf(weight) <= SMALL * (grad.size + x.size);
  return samples >= 1 && isSmall ? samples : Number.POSITIVE_INFINITY;
}

/**
 * Splits `count` terms where tiles of weights alone would leave the machine idle.
 * @param tiles of weights, each of which is computed once a part
 * @param wanted tiles times parts that keep the machine busy
 * @param unit terms that stay together
 * @param longest units that a part has at most
 */
export function splitTerms(
  count: number,
  tiles: number,
  wanted: number,
  unit = 1,
  longest = Number.POSITIVE_INFINITY,
): Split {
  const most = Math.ceil(wanted / tiles);
  const length = unit * Math.max(1, Math.min(Math.ceil(count / unit / most), longest));
  return { parts: Math.max(1, Math.ceil(count / length)), length };
}

/** Adds the parts up in a fixed order: [parts, ...shape] to `shape`. */
export const addParts = (k: Kernels, partial: Tensor, shape: Shape): Tensor =>
  partial.shape[0] === 1 ? partial.alias(shape) : k.reduce('sum', partial, [0]);

/** How the sums of a weight gradient are added up. */
export interface Summing {
  /** Whether each sample's own sum is squared first. */
  readonly perSample: boolean;
  /** Whether a sum has so many terms that it is kept as a running sum. */
  readonly long: boolean;
}

/** @param terms how many a part has, or with `perSample` a sample */
export const summing = (perSample: boolean, terms: number): Summing => ({
  perSample,
  long: terms > LONG_TERMS,
});

export const sumConstants = ({ perSample, long }: Summing): Constants => ({
  PER_SAMPLE: Number(perSample),
  LONG: Number(long),
});

/**
 * The regions of shaders/conv2d_lanes_weight.wgsl and conv2d_stream_weight.wgsl about their sums, one for each name. What
 * constants leave out is not written at all: of many sums, compilers take long to find that they need it not.
 */
export const sumRegions = (names: readonly string[], { perSample, long }: Summing) => {
  const lines = (line: (name: string) => readonly string[]) => names.flatMap(line).join('\n');
  return {
    sums: lines((name) => [
      `var s${name} = 0.0; var u${name} = 0.0;`,
      ...(long ? [`var r${name} = RunningSum();`] : []),
      ...(perSample ? [`var t${name} = 0.0;`] : []),
    ]),
    fold: lines((name) => [`u${name} += s${name}; s${name} = 0.0;`]),
    run: long ? lines((name) => [`r${name} = with_part(r${name}, u${name}); u${name} = 0.0;`]) : '',
    square: perSample
      ? lines((name) => [
          `s${name} = ${addedUp(name, long)}; t${name} = fma(s${name}, s${name}, t${name});`,
          `s${name} = 0.0; u${name} = 0.0;${long ? ` r${name} = RunningSum();` : ''}`,
        ])
      : '',
  };
};

const addedUp = (name: string, long: boolean): string =>
  long ? `(s${name} + (u${name} + whole(r${name})))` : `(s${name} + u${name})`;

/** What is stored of a sum. */
export const sumOf = (name: string, { perSample, long }: Summing): string =>
  perSample ? `t${name}` : long ? `s${name} + u${name} + whole(r${name})` : `s${name} + u${name}`;
