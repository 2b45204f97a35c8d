import type { Constants } from '../../../runtime/kernel';
import { inTurn, range, selectedInTurn } from '../../../runtime/wgsl/write';
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

/** The sums that a thread holds. */
export interface Sums extends Summing {
  readonly count: number;
  /**
   * Whether they are elements of arrays, not variables. SwiftShader keeps variables in memory, too, and besides selects each of
   * them at the end of each loop that sets it: twice the code to compile.
   */
  readonly inArrays: boolean;
}

export const sumsOf = ({ gpu }: Kernels, count: number, how: Summing): Sums => ({
  ...how,
  count,
  inArrays: gpu.adapter.kind === 'swiftshader',
});

/**
 * What a sum is called: `s` holds a chain, `u` the chains before, `r` those before as a running sum, `t` squares of samples. A
 * variable's number stands apart: u32 is a type.
 */
type Called = (letter: 's' | 'u' | 'r' | 't') => string;

/** @param i its number, or 'i' in a loop over arrays */
const called =
  ({ inArrays }: Sums, i: number | 'i'): Called =>
  (letter) =>
    inArrays ? `${letter}[${i}]` : `${letter}_${i}`;

/** The chain that sum i adds up. */
export const chainOf = (sums: Sums, i: number): string => called(sums, i)('s');

/** Lines about each sum. */
function forEach(sums: Sums, lines: (sum: Called) => readonly string[]): string {
  const { count, inArrays } = sums;
  if (inArrays) return inTurn(count, lines(called(sums, 'i')));
  return range(count)
    .flatMap((i) => lines(called(sums, i)))
    .join('\n');
}

/**
 * The regions of shaders/conv2d_lanes_weight.wgsl and conv2d_stream_weight.wgsl about their sums. What constants leave out is not
 * written at all: of many sums, compilers take long to find that they need it not.
 */
export function sumRegions(sums: Sums) {
  const { count, inArrays, perSample, long } = sums;
  const declare = (letter: string, type: string) =>
    inArrays
      ? [`var ${letter} = array<${type}, ${count}>();`]
      : range(count).map((i) => `var ${letter}_${i} = ${type}();`);
  return {
    sums: [
      ...['s', 'u', ...(perSample ? ['t'] : [])].flatMap((letter) => declare(letter, 'f32')),
      ...(long ? declare('r', 'RunningSum') : []),
    ].join('\n'),
    fold: forEach(sums, (of) => [`${of('u')} += ${of('s')}; ${of('s')} = 0.0;`]),
    run: long
      ? forEach(sums, (of) => [`${of('r')} = with_part(${of('r')}, ${of('u')}); ${of('u')} = 0.0;`])
      : '',
    square: perSample
      ? forEach(sums, (of) => [
          `${of('s')} = ${addedUp(of, long)}; ${of('t')} = fma(${of('s')}, ${of('s')}, ${of('t')});`,
          `${of('s')} = 0.0; ${of('u')} = 0.0;${long ? ` ${of('r')} = RunningSum();` : ''}`,
        ])
      : '',
  };
}

const addedUp = (of: Called, long: boolean): string =>
  long ? `(${of('s')} + (${of('u')} + whole(${of('r')})))` : `(${of('s')} + ${of('u')})`;

/** Lines that store `sum`, the i-th one, of the first ones: as many as `some` says in WGSL, and perhaps a few more. */
export function storeSums(sums: Sums, some: string, lines: readonly string[]): string {
  const { count, inArrays, perSample, long } = sums;
  const total = (of: Called) =>
    perSample ? of('t') : long ? `${of('s')} + ${of('u')} + whole(${of('r')})` : `${of('s')} + ${of('u')}`;
  return inArrays
    ? inTurn(count, [`let sum = ${total(called(sums, 'i'))};`, ...lines])
    : selectedInTurn(
        range(count).map((i) => total(called(sums, i))),
        some,
        lines,
      );
}
