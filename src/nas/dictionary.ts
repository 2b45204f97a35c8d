import { aNumber, aText, checkAll, kind, optional } from '../tensor/guard';
import { aGenotype, type Genotype } from './genotype';

/** A genotype, and how good it was. */
export interface DictionaryEntry {
  /** The cell. */
  readonly genotype: Genotype;
  /** Share in [0, 1] of the validation images. */
  readonly validationAccuracy: number;
  /** On the same images; what searches choose by. */
  readonly validationLoss?: number;
}

/** What earlier searches found: task, of any data set, as '3' or 'quickdraw:apple' → genotypes with their scores, best first. */
export type Dictionary = Readonly<Record<string, readonly DictionaryEntry[]>>;

/**
 * Known genotypes of a task, best first.
 * @example
 * ```ts
 * const cell = nas.makeGenotype(3, 1, { '01': 'none', '02': 'sep_conv_3x3', '12': 'none' });
 * nas.entriesOf(nas.withEntry({}, '3', cell, 0.97), '3')[0].validationAccuracy; // → 0.97
 * nas.entriesOf({}, '3'); // → []
 * ```
 */
export function entriesOf(dictionary: Dictionary, task: string): readonly DictionaryEntry[] {
  checkEntries('entriesOf', dictionary, task);
  return Object.hasOwn(dictionary, task) ? dictionary[task] : [];
}

/**
 * All that two dictionaries know. Of a genotype that both know, the better score stays (see `withEntry`).
 * @example
 * ```ts
 * const cell = nas.makeGenotype(3, 1, { '01': 'none', '02': 'sep_conv_3x3', '12': 'none' });
 * const all = nas.merged(nas.withEntry({}, '3', cell, 0.97), nas.withEntry({}, '7', cell, 0.61));
 * Object.keys(all); // → ['3', '7']
 * ```
 */
export function merged(one: Dictionary, other: Dictionary): Dictionary {
  checkEntries('merged', one, '');
  checkEntries('merged', other, '');
  const results = Object.entries(other).flatMap(([task, entries]) =>
    entries.map((entry) => ({ task, ...entry })),
  );
  return results.reduce<Dictionary>(
    (all, { task, genotype, validationAccuracy, validationLoss }) =>
      withEntry(all, task, genotype, validationAccuracy, validationLoss),
    one,
  );
}

/**
 * A new dictionary with one more result. Best is the lowest validation loss, as in searches; where no loss is known,
 * the highest accuracy, behind all that have one. Of a genotype seen before, the better score stays.
 * @example
 * ```ts
 * const cell = nas.makeGenotype(3, 1, { '01': 'none', '02': 'sep_conv_3x3', '12': 'none' });
 * const dictionary = nas.withEntry({}, '3', cell, 0.97, 0.11);
 * dictionary['3'][0].validationLoss; // → 0.11
 * ```
 */
export function withEntry(
  dictionary: Dictionary,
  task: string,
  genotype: Genotype,
  validationAccuracy: number,
  validationLoss?: number,
): Dictionary {
  checkEntries('withEntry', dictionary, task);
  checkAll('withEntry', {
    genotype: [genotype, aGenotype],
    validationAccuracy: [validationAccuracy, aNumber],
    validationLoss: [validationLoss, optional(aNumber)],
  });
  const entry = { genotype, validationAccuracy, ...(validationLoss !== undefined && { validationLoss }) };
  const entries = [...entriesOf(dictionary, task), entry].sort(bestFirst);
  const isFirst = ({ genotype: { hash } }: DictionaryEntry, i: number) =>
    entries.findIndex((other) => other.genotype.hash === hash) === i;
  return { ...dictionary, [task]: entries.filter(isFirst) };
}

function bestFirst(a: DictionaryEntry, b: DictionaryEntry): number {
  const [known, other] = [a, b].map(({ validationLoss }) => validationLoss);
  if (known !== undefined && other !== undefined) return known - other;
  if (known === other) return b.validationAccuracy - a.validationAccuracy;
  return known === undefined ? 1 : -1;
}

const entries = kind('a dictionary: lists of { genotype, validationAccuracy } by task', (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Map)
    return false;
  return Object.values(value).every(Array.isArray);
});

/** @throws ArgumentError */
export const checkEntries = (op: string, dictionary: unknown, task: unknown): void =>
  checkAll(op, { dictionary: [dictionary, entries], task: [task, aText] });
