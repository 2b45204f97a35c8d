import { DataError } from '../data/errors';
import { checkLabels } from '../data/images';
import { IGNORE_INDEX } from '../ops/cross-entropy';
import {
  ArgumentError,
  aList,
  aNumber,
  aText,
  type Check,
  checkAll,
  checkArgument,
  options as fields,
  numbers,
  oneOf,
  optional,
} from '../tensor/guard';
import { Random } from '../tensor/random';
import { apportion, shuffledGroups } from './stratify';

/** Streams of the seed, apart from each other and from stream 0 that everyone else draws from. */
const SPLIT_STREAM = 0x7461736b;
const HOLDOUT_STREAM = 0x686f6c64;

/** Own pictures: a folder with a folder of PNG or JPEG files for each class, and what they are scaled to. */
export interface PictureFolders {
  /** Path of the folder with a folder a class. */
  readonly folders: string;
  /** Height and width, in pixels. */
  readonly size: number;
  /** 1 for grey, 3 for red, green, blue. */
  readonly channels: 1 | 3;
}

/**
 * Where a task's images come from: a data set by its name, or own pictures. The name of own data may be any word, such as
 * 'mine'.
 */
export type TaskSource = string | PictureFolders;

/** A word for a source, the same for the same images. */
export const sourceKey = (source: TaskSource): string =>
  typeof source === 'string'
    ? source
    : `${source.folders} (${source.channels} x ${source.size} x ${source.size})`;

/**
 * A classification task made from a data set's classes.
 * `binary`: label 1 for any of `positives`. `multi`: label k for the k-th of `positives`, from 1
 * on. In both the rest is label 0, as in the public program of arXiv:2103.00241. `all`: label k − 1 for the k-th of
 * `positives`, which are all labels of the data set; with none, the data set's own labels.
 */
export interface Task {
  /** '0' to '7' as in DESIGN section 5, or a word such as 'fashion:all'. */
  readonly id: string;
  /** What people call it, as in '0 vs rest'. */
  readonly name: string;
  /** Where its images come from. */
  readonly dataset: TaskSource;
  /** Names of the task's labels, in order. */
  readonly classes: readonly string[];
  /** What its labels are; see `Task`. */
  readonly kind: 'binary' | 'multi' | 'all';
  /** Labels of the data set. */
  readonly positives: readonly number[];
}

/**
 * Number of a task's labels.
 * @example
 * ```ts
 * tasks.numClasses(tasks.mnistTasks[3]); // → 10
 * ```
 */
export function numClasses(task: Task): number {
  checkArgument('numClasses', 'task', task, aTask);
  return task.classes.length;
}

export const NEGATIVES = ['random', 'first'] as const;
/** How the rest of a task is chosen: drawn from all other images, or the first of them in the set's own order. */
export type Negatives = (typeof NEGATIVES)[number];

/** Options of `taskSplit`. */
export interface SplitOptions {
  /** At most this many images, with each class's share kept; default: all. */
  readonly limit?: number;
  /** How the rest is chosen; default 'random'. */
  readonly negatives?: Negatives;
  /** Images of the rest; default: as many as the positives, or as their mean class. */
  readonly rest?: number;
  /** Positions that images are taken of, as `indices` of a part that `data.split` gave; default: all. */
  readonly within?: ArrayLike<number>;
}

/** Images of a data set with their labels in a task, in training order. */
export interface Split {
  /** [n] positions in the data set. */
  readonly indices: Uint32Array;
  /** [n] labels in the task. */
  readonly labels: Int32Array;
}

/**
 * Chooses and labels a task's images, in random order. The rest is a uniform sample without
 * replacement of all other classes' images, as many as the positives (`binary`) or as the mean
 * positive class (`multi`).
 *
 * @param labels [N] labels of the data set; a sample of the label −100 is in no task
 * @param options.limit at most this many images, with each class's share kept
 * @param options.negatives 'first': the rest is the first other images of the set, as in the public programs of Le et
 *   al., which round a mean that is no whole number down; default 'random'
 * @param options.rest another number of images of the rest, or all where there are fewer
 * @param options.within positions that images are taken of, as `indices` of a part that `data.split` gave; default: all
 * @throws DataError `DATA_LABEL` (a label that `all` has no class for), `DATA_SPLIT` (a class without
 *   images, a limit that is not a positive integer)
 * @example
 * ```ts
 * const [zeroOrRest] = tasks.mnistTasks;
 * const { indices, labels } = tasks.taskSplit(zeroOrRest, [0, 1, 2, 0, 3], 1);
 * indices.length; // → 4
 * [...labels].sort(); // → [0, 0, 1, 1]
 * ```
 */
export function taskSplit(
  task: Task,
  labels: ArrayLike<number>,
  seed: number,
  options: SplitOptions = {},
): Split {
  checkAll('taskSplit', {
    task: [task, aTask],
    labels: [labels, numbers],
    seed: [seed, aNumber],
    options: [options, splitOptions],
  });
  if (task.kind === 'all')
    checkLabels(labels, task.classes.length, `task ${task.name}`, { ignoreIndex: IGNORE_INDEX });
  const random = new Random(seed, SPLIT_STREAM);
  const wanted = options.within && new Set(Array.from(options.within));
  const taskLabels = Int32Array.from(labels, (label, i) =>
    wanted?.has(i) === false ? IGNORE_INDEX : labelInTask(task, label),
  );
  const groups = shuffledGroups(taskLabels, task.classes.length, random);
  cutRest(task, groups, options, random);
  for (const [label, group] of groups.entries()) {
    if (group.length === 0) {
      throw problem(`task ${task.name}`, `images of class ${task.classes[label]}`, 'none');
    }
  }

  const sizes = groups.map((group) => group.length);
  const available = sizes.reduce((a, b) => a + b, 0);
  const limit = options.limit ?? available;
  if (!Number.isInteger(limit) || limit < 1) {
    throw problem(`task ${task.name}`, 'a limit of at least 1 image', String(limit));
  }
  const shares = apportion(Math.min(limit, available), sizes);
  const chosen = Uint32Array.from(groups.flatMap((group, label) => group.slice(0, shares[label])));
  random.shuffle(chosen);
  return { indices: chosen, labels: Int32Array.from(chosen, (index) => taskLabels[index]) };
}

/** The same images and labels in the order of the data set. */
export function inSetOrder({ indices, labels }: Split): Split {
  const places = Uint32Array.from(indices.keys()).sort((a, b) => indices[a] - indices[b]);
  return {
    indices: Uint32Array.from(places, (place) => indices[place]),
    labels: Int32Array.from(places, (place) => labels[place]),
  };
}

/**
 * Cuts a split in two, with each class's share kept on both sides and the order too; ignored images (label −100) are a class
 * by themselves.
 * @param fraction of the images that become the validation set, between 0 and 1
 * @throws DataError `DATA_SPLIT` when a side would be empty
 * @example
 * ```ts
 * const split = { indices: Uint32Array.of(4, 5, 6, 7), labels: Int32Array.of(0, 1, 0, 1) };
 * const { train, validation } = tasks.holdout(split, 0.5, 0);
 * [...train.labels].sort(); // → [0, 1]
 * validation.indices.length; // → 2
 * ```
 */
export function holdout(split: Split, fraction: number, seed: number): { train: Split; validation: Split } {
  checkAll('holdout', { split: [split, aSplit], fraction: [fraction, aNumber], seed: [seed, aNumber] });
  const count = split.labels.length;
  const wanted = Math.round(fraction * count);
  if (!(wanted > 0 && wanted < count)) {
    throw problem('holdout', `a fraction that leaves images on both sides of ${count}`, String(fraction));
  }
  const kinds = [...new Set(split.labels)].sort((a, b) => a - b); // -100, of ignored images, among them
  const kindOf = new Map(kinds.map((label, place) => [label, place]));
  const places = Array.from(split.labels, (label) => kindOf.get(label) ?? 0);
  const groups = shuffledGroups(places, kinds.length, new Random(seed, HOLDOUT_STREAM));
  const shares = apportion(
    wanted,
    groups.map((group) => group.length),
  );
  const held = new Set(groups.flatMap((group, label) => group.slice(0, shares[label])));
  const pick = (side: boolean): Split => ({
    indices: split.indices.filter((_, i) => held.has(i) === side),
    labels: split.labels.filter((_, i) => held.has(i) === side),
  });
  return { train: pick(false), validation: pick(true) };
}

function labelInTask(task: Task, label: number): number {
  if (label === IGNORE_INDEX) return IGNORE_INDEX;
  const place = task.positives.indexOf(label);
  if (task.kind === 'all') return task.positives.length === 0 ? label : place;
  return task.kind === 'binary' ? Math.min(1, place + 1) : place + 1;
}

/** The groups are in random order, so that cutting one is sampling it. */
function cutRest(
  task: Task,
  groups: number[][],
  { negatives, rest: wanted }: SplitOptions,
  random: Random,
): void {
  if (task.kind === 'all') return;
  const [rest, ...positives] = groups;
  const mean = positives.reduce((sum, group) => sum + group.length, 0) / positives.length;
  groups[0] =
    negatives === 'first'
      ? random.shuffle(rest.sort((a, b) => a - b).slice(0, wanted ?? Math.floor(mean)))
      : rest.slice(0, wanted ?? Math.round(mean));
}

function problem(file: string, expected: string, found: string): DataError {
  return new DataError('DATA_SPLIT', { file, expected, found });
}

const aTask = fields({ name: aText, kind: aText, positives: aList, classes: aList });
const splitOptions = fields({
  limit: optional(aNumber),
  negatives: optional(oneOf(...NEGATIVES)),
  rest: optional(aNumber),
  within: optional(numbers),
});
const positionsAndLabels = fields({ indices: numbers, labels: numbers });
/** Positions in a data set and their labels; see `Split`. */
export const aSplit: Check = (call, name, value) => {
  const hasTargets = typeof value === 'object' && value !== null && 'targets' in value;
  if (hasTargets) {
    const expected = 'one with labels, since classes are told apart here';
    throw new ArgumentError(call.op, name, 'a split with targets', expected);
  }
  positionsAndLabels(call, name, value);
};
