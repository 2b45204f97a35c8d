import { apportion, shuffledGroups } from '../tasks/stratify';
import type { Split } from '../tasks/task';
import { aFlag, aNumber, checkAll, numbers, optional, options } from '../tensor/guard';
import { Random } from '../tensor/random';
import { sizeOf } from '../tensor/shape';
import { DataError } from './errors';
import { aHostSet } from './guard';
import type { ClassLabels, Pictures } from './images';
import { countOf, type HostSet, rows, type Samples, type Targets } from './samples';
import type { TargetSplit } from './targets';

/** Stream of the seed that decides which samples a part gets. */
const PARTS_STREAM = 0x70617274;
/** By how much fractions that are meant to add up to 1 may miss it. */
const ROUNDING = 1e-9;
/** Fractions are counted in whole numbers of this, so that equal ones get equal parts. */
const FINENESS = 1e8;

/** Options of `data.split`. */
export interface PartOptions {
  /** Draws the samples of each part, and their order; default 0. */
  readonly seed?: number;
  /** Whether each part has its share of every class, as near as whole samples allow; default true. Targets have no classes. */
  readonly stratify?: boolean;
}

const partOptions = options({ seed: optional(aNumber), stratify: optional(aFlag) });

/**
 * Cuts a set into parts that share no sample, each in random order. `training.fit`, `nas.search` and `data.batches` take a
 * part beside the whole set on the GPU; `data.subset(set, part.indices)` makes a set of its own of one.
 *
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: new Float32Array(10), labels: [0, 0, 0, 0, 0, 1, 1, 1, 1, 1], shape: [1] });
 * const [train, test] = data.split(set, [0.8, 0.2], { seed: 1 });
 * train.indices.length; // → 8
 * test.labels.length; // → 2
 * ```
 * @param parts fractions of the set between 0 and 1, which add up to 1 or less, or numbers of samples; what they leave is
 *   in no part
 * @throws DataError `DATA_SPLIT` on parts that are empty, or more than there is
 */
export function split(
  set: (Pictures | Samples) & ClassLabels,
  parts: readonly number[],
  options?: PartOptions,
): Split[];
export function split(
  set: (Pictures | Samples) & Targets,
  parts: readonly number[],
  options?: PartOptions,
): TargetSplit[];
export function split(
  set: HostSet,
  parts: readonly number[],
  options: PartOptions = {},
): (Split | TargetSplit)[] {
  checkAll('split', { set: [set, aHostSet], parts: [parts, numbers], options: [options, partOptions] });
  const { seed = 0, stratify = true } = options;
  const random = new Random(seed, PARTS_STREAM);
  const { labels } = set;
  const count = countOf(set);
  let left = stratify && labels ? groupsOf(labels, random) : [[...random.permutation(count)]];
  return sizesOf(set.name, count, parts).map((size) => {
    const shares = apportion(
      size,
      left.map((group) => group.length),
    );
    const part = Uint32Array.from(left.flatMap((group, i) => group.slice(0, shares[i])));
    left = left.map((group, i) => group.slice(shares[i]));
    return partOf(set, random.shuffle(part));
  });
}

/**
 * All samples of a set as one part, in the set's order: what `training.evaluate` takes of a set that is only for testing.
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: Float32Array.of(7, 8), labels: [1, 0], shape: [1] });
 * data.whole(set).indices; // → [0, 1]
 * ```
 */
export function whole(set: (Pictures | Samples) & ClassLabels): Split;
export function whole(set: (Pictures | Samples) & Targets): TargetSplit;
export function whole(set: HostSet): Split | TargetSplit {
  checkAll('whole', { set: [set, aHostSet] });
  return partOf(
    set,
    Uint32Array.from({ length: countOf(set) }, (_, i) => i),
  );
}

function partOf(
  { name, labels, targets, targetShape = [] }: HostSet,
  indices: Uint32Array,
): Split | TargetSplit {
  if (labels) return { indices, labels: Int32Array.from(indices, (i) => labels[i]) };
  if (targets) {
    const own = rows(targets, new Float32Array(indices.length * sizeOf(targetShape)), indices);
    return { indices, targets: own, targetShape };
  }
  throw new DataError('DATA_SPLIT', {
    file: name,
    expected: 'a set with labels or targets',
    found: 'neither',
  });
}

/** Positions by label, each group in random order; −100 is a label among others here. */
function groupsOf(labels: ArrayLike<number>, random: Random): number[][] {
  const kinds = [...new Set(Array.from(labels))].sort((a, b) => a - b);
  const places = new Map(kinds.map((label, place) => [label, place]));
  return shuffledGroups(
    Array.from(labels, (label) => places.get(label) ?? 0),
    kinds.length,
    random,
  );
}

/** Samples of each part. @throws DataError `DATA_SPLIT` */
function sizesOf(file: string, count: number, parts: readonly number[]): number[] {
  const refuse = (expected: string, found: string) => new DataError('DATA_SPLIT', { file, expected, found });
  const given = `[${parts.join(', ')}]`;
  const areCounts = parts.every((part) => Number.isInteger(part) && part >= 1);
  if (parts.length === 0 || !(areCounts || parts.every((part) => part > 0 && part < 1))) {
    throw refuse('parts that are all fractions between 0 and 1, or all whole numbers from 1', given);
  }
  const sum = parts.reduce((a, b) => a + b, 0);
  if (sum > (areCounts ? count : 1 + ROUNDING)) {
    throw refuse(
      `parts that add up to ${areCounts ? `${count} samples` : '1'} at most`,
      `${given}, which is ${sum}`,
    );
  }
  if (areCounts) return [...parts];
  // What is left over is a part by itself, so that all of them add up to the set.
  const shares = [...parts, Math.max(0, 1 - sum)];
  const sizes = apportion(
    count,
    shares.map((share) => Math.round(share * FINENESS)),
  ).slice(0, parts.length);
  const empty = sizes.indexOf(0);
  if (empty < 0) return sizes;
  throw refuse(`parts of at least one of ${count} samples`, `${parts[empty]} of them, which is none`);
}
