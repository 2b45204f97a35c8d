import type { Kernel } from '../../runtime/kernel';
import shader from '../../shaders/fisher_distance.wgsl';
import { aFlag, aNumber, checkAll, options as fields, optional } from '../tensor/guard';
import { ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { FisherError } from './errors';
import { aFisher } from './guard';
import { pairUp } from './head';
import { placeGroups } from './normalize';

/** A Fisher information's diagonal: tensors by the names of the parameters, of their shapes. */
export type Fisher = ReadonlyMap<string, Tensor>;

const kernel: Kernel = { name: 'fisher.distance', source: shader };
/** Floats that a workgroup writes: its part of the distance in two, the sum of the source and that of the target. */
const WORDS = 4;
export const DEFAULT_EPSILON = 1e-10;
const SMALLEST_EPSILON = 2 ** -126;
const distanceOptions = fields({ epsilon: optional(aNumber) });
const frechetOptions = fields({ squared: optional(aFlag) });

/**
 * Log-det distance between two Fishers on the same data; over tasks it is not symmetric, since the data is the target's:
 * d = (1/P) Σ_layers |Σ_i log((F_s,i + ε) / (F_t,i + ε))|, a layer being a named tensor and P the number of values,
 * those of a padded head included. Source: Le et al., arXiv:2103.00241, as the published code computes it.
 * @param Fs the source's normalised Fisher
 * @param Ft the target's, of the same architecture; heads of different class numbers are padded with zeros, the head being
 *   all tensors with the prefix (up to the last dot) of the last name
 * @throws ShapeError naming a tensor that does not fit; FisherError on a Fisher that is all zero or not finite
 * @example
 * ```ts
 * const Fs = fisher.normalize(new Map([['w', gpu.tensor([1, 3])]])); // 1/4, 3/4
 * const Ft = fisher.normalize(new Map([['w', gpu.tensor([1, 1])]])); // 1/2, 1/2: the distance is |log(1/2) + log(3/2)| / 2
 * await fisher.logDetDistance(Fs, Ft); // → 0.144
 * ```
 */
export async function logDetDistance(
  Fs: Fisher,
  Ft: Fisher,
  options: { epsilon?: number } = {},
): Promise<number> {
  checkAll('logDetDistance', { Fs: [Fs, aFisher], Ft: [Ft, aFisher], options: [options, distanceOptions] });
  const { epsilon = DEFAULT_EPSILON } = options;
  if (!(epsilon >= SMALLEST_EPSILON && epsilon < Number.POSITIVE_INFINITY)) {
    throw new ShapeError(`logDetDistance: epsilon is ${epsilon}, expected a number from 1.2e-38 up`);
  }
  const layers = await compare('logDetDistance', Fs, Ft, epsilon);
  let total = 0;
  let count = 0;
  for (const { size, parts } of layers) {
    total += Math.abs(parts.reduce((sum, [m, e]) => sum + Math.log(m) + e * Math.LN2, 0));
    count += size;
  }
  return total / count;
}

/**
 * Fréchet distance, d = (1/√2) ‖√F_s − √F_t‖, from 0 to 1 for normalised Fishers. Source: Le et al., arXiv:2103.12827.
 * @param Fs as for `logDetDistance`
 * @param Ft as for `logDetDistance`
 * @param options.squared gives d², as the public program of that paper prints it; default false
 * @throws as `logDetDistance`
 * @example
 * ```ts
 * const Fs = fisher.normalize(new Map([['w', gpu.tensor([1, 0])]]));
 * const Ft = fisher.normalize(new Map([['w', gpu.tensor([0, 1])]]));
 * await fisher.frechetDistance(Fs, Ft); // → 1.000
 * ```
 */
export async function frechetDistance(
  Fs: Fisher,
  Ft: Fisher,
  options: { squared?: boolean } = {},
): Promise<number> {
  checkAll('frechetDistance', { Fs: [Fs, aFisher], Ft: [Ft, aFisher], options: [options, frechetOptions] });
  const layers = await compare('frechetDistance', Fs, Ft);
  const squares = layers.flatMap(({ parts }) => parts.map(([square]) => square));
  const square = squares.reduce((sum, square) => sum + square, 0) / 2;
  return options.squared ? square : Math.sqrt(square);
}

interface Layer {
  readonly size: number;
  /** What each workgroup found, see the shader. */
  readonly parts: readonly (readonly number[])[];
}

/** One readback for all layers; the parts are added up by the caller in f64. With `epsilon` those of the log-det. */
async function compare(op: string, Fs: Fisher, Ft: Fisher, epsilon?: number): Promise<Layer[]> {
  const pairs = pairUp(op, Fs, Ft);
  if (pairs.length === 0) throw new FisherError(`${op}: the Fishers have no tensors`);
  const { kernels: k } = pairs[0].source.gpu;
  const { places, total } = placeGroups(pairs.map(({ size }) => size));
  const partials = k.empty([total, WORDS]);
  pairs.forEach(({ source, target, size }, i) => {
    const { first, groups } = places[i];
    k.run(kernel, {
      outputs: [partials],
      inputs: [source, target],
      uniforms: {
        count: size,
        source_count: source.size,
        target_count: target.size,
        first,
        epsilon: epsilon ?? 0,
      },
      groups,
      constants: { LOG_DET: Number(epsilon !== undefined) },
    });
  });
  const words = Array.from(await partials.data().finally(() => partials.dispose()));
  const parts = Array.from({ length: total }, (_, i) => words.slice(WORDS * i, WORDS * (i + 1)));
  checkSum(
    op,
    'source',
    parts.map(([, , sum]) => sum),
  );
  checkSum(
    op,
    'target',
    parts.map(([, , , sum]) => sum),
  );
  return pairs.map(({ size }, i) => {
    const { first, groups } = places[i];
    return { size, parts: parts.slice(first, first + groups) };
  });
}

function checkSum(op: string, which: string, sums: readonly number[]): void {
  const sum = sums.reduce((total, value) => total + value, 0);
  if (!Number.isFinite(sum)) {
    throw new FisherError(
      `${op}: the ${which}'s Fisher is not finite: it holds NaN or infinity, or was all zero before normalize; check the network's loss and the labels`,
    );
  }
  if (!(sum > 0)) {
    throw new FisherError(
      `${op}: the ${which}'s Fisher sums to ${sum}, expected more than 0; the loss does not depend on the network`,
    );
  }
}
