import { IGNORE_INDEX } from '../ops/cross-entropy';
import {
  ArgumentError,
  aList,
  aText,
  type Check,
  checkArgument,
  kind,
  numbers,
  optional,
  options,
} from '../tensor/guard';
import { formatShape, sizeOf } from '../tensor/shape';
import { DataError } from './errors';
import { floatArray, imageShape, pixels, sampleShape } from './guard';
import { type ClassLabels, checkLabels, type PictureSet, type Pictures } from './images';
import { countOf, type SampleSet, type Samples, type Targets } from './samples';
import { type Normalisation, statistics } from './statistics';

/** What all own data have. */
export interface OwnData {
  /** For messages; default 'own data'. */
  readonly name?: string;
  /** For each place on a sample's first axis, or one number for all; default: see `fromArrays`. */
  readonly mean?: number | readonly number[];
  /** As `mean`; above 0. */
  readonly std?: number | readonly number[];
}

/** Pictures as bytes. */
export interface OwnPictures extends OwnData {
  /** [N, channels, height, width], row-major, 0 to 255. It is not copied. */
  readonly images: Uint8Array;
  /** Of one picture. */
  readonly shape: readonly [channels: number, height: number, width: number];
}

/** Anything else as numbers. */
export interface OwnSamples extends OwnData {
  /** [N, ...shape], row-major. It is not copied. */
  readonly inputs: Float32Array;
  /** Of one sample, as in [16] or [2, 128]. */
  readonly shape: readonly number[];
}

/** For networks that tell classes apart. */
export interface OwnLabels {
  /** [N], classes from 0 on, or −100 for a sample that counts in nothing. */
  readonly labels: ArrayLike<number>;
  /** Names of the classes; default: '0', '1', … up to the largest label. */
  readonly classes?: readonly string[];
}

/** For networks whose outputs are to be numbers. */
export interface OwnTargets {
  /** [N, ...targetShape], row-major. It is not copied. */
  readonly targets: Float32Array;
  /** Of one target; default: [values of one target]. */
  readonly targetShape?: readonly number[];
}

/** A larger label is none. */
const MOST_NUMBERED = 2 ** 16;

type Own = (OwnPictures | OwnSamples) & Partial<OwnLabels> & Partial<OwnTargets>;

/**
 * Own data as a set that all of `data`, `tasks`, `training`, `fisher` and `nas` take: pictures (`images`) or samples of any
 * shape (`inputs`), with a class each (`labels`) or with numbers (`targets`). `data.split` cuts it into parts;
 * `data.DeviceImages` and `data.DeviceSamples` bring it to the GPU, with the `mean` and `std` noted here. Left out, those
 * are the pictures' own, as `data.statistics` takes them, and for `inputs` 0 and 1: these are seen as they are.
 *
 * @example
 * ```ts
 * // Two samples of three numbers.
 * const inputs = Float32Array.of(1, 2, 3, 4, 5, 6);
 * const set = data.fromArrays({ inputs, labels: [0, 1], shape: [3], classes: ['low', 'high'] });
 * set.labels; // → [0, 1]
 * // Each is to give one number.
 * data.fromArrays({ inputs, targets: Float32Array.of(0.5, 1.5), shape: [3] }).targetShape; // → [1]
 * ```
 * @throws DataError `DATA_SHAPE` where arrays and shapes do not fit, or there is no sample; `DATA_VALUE` on a number that
 *   is not finite; LabelError on a label that is no class
 */
export function fromArrays(arrays: OwnPictures & OwnLabels): PictureSet & Normalisation;
export function fromArrays(arrays: OwnSamples & OwnLabels): SampleSet & Normalisation;
export function fromArrays(arrays: OwnPictures & OwnTargets): Pictures & Targets & Normalisation;
export function fromArrays(arrays: OwnSamples & OwnTargets): Samples & Targets & Normalisation;
export function fromArrays(arrays: Own): (Pictures | Samples) & (ClassLabels | Targets) & Normalisation {
  checkArgument('fromArrays', 'arrays', arrays, ownData);
  const { name = 'own data', shape } = arrays;
  const set =
    'images' in arrays
      ? { name, images: arrays.images, shape: arrays.shape }
      : { name, inputs: arrays.inputs, shape };
  const count = countOf(set);
  if (!Number.isInteger(count) || count === 0) {
    throw new DataError('DATA_SHAPE', {
      file: name,
      expected: `values of whole samples ${formatShape(shape)}, ${sizeOf(shape)} each, and at least one`,
      found: `${Math.round(count * sizeOf(shape))} values`,
    });
  }
  if ('inputs' in arrays) checkFinite(name, 'inputs', arrays.inputs, shape);
  return { ...set, ...answersOf(name, count, arrays), ...seenBy(set, arrays) };
}

function answersOf(name: string, count: number, own: Own): ClassLabels | Targets {
  const { labels, targets } = own;
  if ((labels === undefined) === (targets === undefined)) {
    const given = labels ? 'both' : 'neither';
    throw new ArgumentError('fromArrays', 'arrays', `with ${given} of labels and targets`, 'one of them');
  }
  if (targets) {
    const { targetShape = [Math.max(1, Math.floor(targets.length / count))] } = own;
    checkCount(name, `targets ${formatShape(targetShape)}`, targets.length / sizeOf(targetShape), count);
    checkFinite(name, 'targets', targets, targetShape);
    return { targets, targetShape };
  }
  const classOf = labels ?? [];
  checkCount(name, 'labels', classOf.length, count);
  const { classes = numbered(name, classOf) } = own;
  checkLabels(classOf, classes.length, name, { ignoreIndex: IGNORE_INDEX });
  return { labels: Int32Array.from(classOf), classes };
}

/** '0', '1', … up to the largest label. */
function numbered(file: string, labels: ArrayLike<number>): string[] {
  let most = 0;
  for (let i = 0; i < labels.length; i++) most = Math.max(most, Math.floor(labels[i]));
  if (most < MOST_NUMBERED) return Array.from({ length: most + 1 }, (_, label) => String(label));
  throw new DataError('DATA_LABEL', {
    file,
    expected: `labels that number the classes from 0, below ${MOST_NUMBERED}`,
    found: String(most),
    advice: 'Give numbers that are no classes as targets',
  });
}

function seenBy(set: Pictures | Samples, { mean, std }: Own): Normalisation {
  const [channels = 1] = set.shape;
  const each = (given: number | readonly number[]) =>
    typeof given === 'number' ? new Array<number>(channels).fill(given) : given;
  const own = 'images' in set ? statistics(set) : { mean: each(0), std: each(1) };
  const seen = { mean: each(mean ?? own.mean), std: each(std ?? own.std) };
  for (const [what, values] of Object.entries(seen)) {
    if (values.length === channels) continue;
    throw new DataError('DATA_SHAPE', {
      file: set.name,
      field: what,
      expected: `a number, or one for each of ${channels} places on the first axis of ${formatShape(set.shape)}`,
      found: String(values.length),
    });
  }
  return seen;
}

function checkCount(file: string, field: string, found: number, count: number): void {
  if (found === count) return;
  throw new DataError('DATA_SHAPE', {
    file,
    field,
    expected: `${count}, as many as samples`,
    found: String(found),
  });
}

/** @throws DataError `DATA_VALUE` at the first NaN or infinity */
function checkFinite(file: string, what: string, values: Float32Array, shape: readonly number[]): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw new DataError('DATA_VALUE', {
    file,
    field: `${what} of sample ${Math.floor(bad / sizeOf(shape))}`,
    expected: 'finite numbers',
    found: String(values[bad]),
    advice: 'Leave the sample out, or put a number in its place',
  });
}

const perChannel = kind(
  'a number or an array of numbers',
  (value) => typeof value === 'number' || (Array.isArray(value) && value.every((x) => typeof x === 'number')),
);
const more = {
  name: optional(aText),
  labels: optional(numbers),
  classes: optional(aList),
  targets: optional(floatArray),
  targetShape: optional(sampleShape),
  mean: optional(perChannel),
  std: optional(perChannel),
};
const ownPictures = options({ images: pixels, shape: imageShape, ...more });
const ownSamples = options({ inputs: floatArray, shape: sampleShape, ...more });
const ownData: Check = (call, name, value) => {
  const isPictures = typeof value === 'object' && value !== null && 'images' in value;
  (isPictures ? ownPictures : ownSamples)(call, name, value);
};
