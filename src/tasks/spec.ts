import { DataError } from '../data/errors';
import { aList, aText, checkAll, optional, options } from '../tensor/guard';
import type { Task, TaskSource } from './task';

/** A task before its data set has been read: classes by name or number. A `Task` is one too. */
export interface TaskSpec {
  /** A word of its own, as in 'vehicles'. */
  readonly id: string;
  /** What people call it, as in 'vehicles vs rest'. */
  readonly name: string;
  /** Where its images come from. */
  readonly dataset: TaskSource;
  /** What its labels are; see `Task`. */
  readonly kind: Task['kind'];
  /** Classes of the data set; `all` may leave them out. */
  readonly positives?: readonly (string | number)[];
  /** Names of the task's labels; default: those of the data set, after 'rest' where there is one. */
  readonly classes?: readonly string[];
}

/** What two spellings of a class's name have in common: 'T-shirt/top' and 't-shirt-top' are one. */
export const classKey = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');

/**
 * The task that a specification means in a data set.
 * @param set name and class names of the data set
 * @throws DataError `DATA_LABEL` (a class that the data set has not), `DATA_SPLIT` (a class twice, no class or no rest,
 *   more or fewer names than labels)
 * @example
 * ```ts
 * const spec = { id: 'pets', name: 'pets vs rest', dataset: 'mine', kind: 'binary', positives: ['cat', 'dog'] } as const;
 * const task = tasks.resolveTask(spec, { name: 'mine', classes: ['car', 'cat', 'dog'] });
 * task.positives; // → [1, 2]
 * task.classes; // → ['rest', 'cat, dog']
 * ```
 */
export function resolveTask(
  spec: TaskSpec,
  set: { readonly name: string; readonly classes: readonly string[] },
): Task {
  checkAll('resolveTask', { spec: [spec, aSpec], set: [set, options({ name: aText, classes: aList })] });
  const { id, name, dataset, kind } = spec;
  const all = set.classes.map((_, label) => label);
  const positives = spec.positives?.map((one) => labelOf(spec, one, set)) ?? (kind === 'all' ? all : []);
  checkPositives(spec, positives, set.classes.length);
  const classes = spec.classes ?? labelNames(kind, positives, set.classes);
  const labels = { all: all.length, binary: 2, multi: positives.length + 1 }[kind];
  if (classes.length !== labels) {
    throw problem(spec, 'classes', `${labels} names, one for each label`, String(classes.length));
  }
  return { id, name, dataset, kind, classes, positives };
}

function labelOf(
  spec: TaskSpec,
  wanted: string | number,
  set: { readonly name: string; readonly classes: readonly string[] },
): number {
  if (typeof wanted === 'number') {
    if (wanted in set.classes) return wanted;
  } else {
    const exact = set.classes.indexOf(wanted);
    if (exact >= 0) return exact;
    const alike = set.classes.filter((name) => classKey(name) === classKey(wanted));
    if (alike.length === 1) return set.classes.indexOf(alike[0]);
  }
  const names = set.classes.join(', ');
  throw new DataError('DATA_LABEL', {
    file: `task ${spec.id}`,
    expected: `a class of ${set.name} (${names}) or its number from 0 to ${set.classes.length - 1}`,
    found: JSON.stringify(wanted),
  });
}

function checkPositives(spec: TaskSpec, positives: readonly number[], classes: number): void {
  const distinct = new Set(positives).size;
  if (distinct < positives.length) {
    throw problem(spec, 'positives', 'each class once', JSON.stringify(spec.positives));
  }
  if (spec.kind === 'all' && distinct < classes) {
    throw problem(spec, 'positives', `all ${classes} classes, or none to mean all`, String(distinct));
  }
  if (spec.kind !== 'all' && (distinct === 0 || distinct >= classes)) {
    throw problem(
      spec,
      'positives',
      `from 1 to ${classes - 1} classes, so that there is a rest`,
      String(distinct),
    );
  }
}

function labelNames(kind: Task['kind'], positives: readonly number[], classes: readonly string[]): string[] {
  const names = positives.map((label) => classes[label]);
  if (kind === 'all') return names;
  return ['rest', ...(kind === 'binary' ? [names.join(', ')] : names)];
}

function problem({ id }: TaskSpec, field: string, expected: string, found: string): DataError {
  return new DataError('DATA_SPLIT', { file: `task ${id}`, field, expected, found });
}

const aSpec = options({ id: aText, name: aText, kind: aText, positives: optional(aList) });
