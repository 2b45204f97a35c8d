import type { TaskSpec } from './spec';

const ONE = 1;
const SIX = 6;

const exchanged = (digit: number): number => (digit === ONE ? SIX : digit === SIX ? ONE : digit);

/**
 * A task as the public programs of Le et al. see it, whose MNIST loader exchanges the labels 1 and 6 before it looks for
 * one digit or for all: task 1, their [6], is the digit 1, and in task 3 the digits 1 and 6 have each other's label. Tasks
 * of several digits, and those of other data sets, stay as they are.
 * Source: `indicator_dataset` and `full_class_dataset` of lephuoccat/log-det-distance-NAS, data_loader.py.
 */
export function exchangeDigits(spec: TaskSpec): TaskSpec {
  const { dataset, kind, positives } = spec;
  const digits = positives?.map(Number) ?? [];
  const isOne = kind === 'binary' && digits.length === 1 && exchanged(digits[0]) !== digits[0];
  if (dataset !== 'mnist' || (kind !== 'all' && !isOne)) return spec;
  if (kind === 'all') {
    const all = Array.from({ length: 10 }, (_, digit) => exchanged(digit));
    return { ...spec, name: `${spec.name}, 1 and 6 exchanged`, positives: all, classes: all.map(String) };
  }
  const digit = exchanged(digits[0]);
  return { ...spec, name: `${digit} vs rest`, positives: [digit], classes: ['rest', String(digit)] };
}
