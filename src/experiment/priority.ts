import type { Kind } from './kind';

/** Seconds that a job takes whose kind does not say. */
const SOME_SECONDS = 1;
/** Seconds that any job may be without progress, and how many times its cost. */
const LEAST_PATIENCE = 600;
const COSTS_OF_PATIENCE = 20;
/** BullMQ has priorities from 1, the first, to this one. */
const LAST = 2 ** 21 - 1;
/** Seconds are told apart to one part in 100,000: up to 2³⁰ of them, by their logarithm. */
const STEPS_A_DOUBLING = 2 ** 16;

/** What schedulers know of a job. All of it in seconds. */
export interface Terms {
  /** About how long it takes. */
  readonly cost: number;
  /** The longest chain of work that begins with it, itself included, as far as its kind tells. */
  readonly urgency: number;
  /** How long it may be without progress until it is taken from its worker. */
  readonly patience: number;
}

/**
 * The terms of a job. Of a plan it is not known what it will ask for next: it is a function. So a kind says by `tail` what
 * usually follows, and the jobs with the longest chain before them are begun first (Graham's list scheduling by critical path).
 * @throws RangeError where a kind says no length of time
 */
export function termsOf<In>(
  { name, cost: costOf, tail: tailOf, patience }: Pick<Kind<In>, 'name' | 'cost' | 'tail' | 'patience'>,
  inputs: In,
): Terms {
  const cost = time(name, 'cost', costOf?.(inputs) ?? SOME_SECONDS);
  const tail = time(name, 'tail', tailOf?.(inputs) ?? 0);
  const most = patience ?? Math.max(LEAST_PATIENCE, COSTS_OF_PATIENCE * cost);
  return { cost, urgency: cost + tail, patience: time(name, 'patience', most) };
}

function time(kind: string, what: string, seconds: number): number {
  if (Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new RangeError(`the kind of job '${kind}' says a ${what} of ${seconds} seconds, expected 0 or more`);
}

/** Puts a job into a list that has the most urgent first; among equals it is the last. */
export function lineUp<T extends { readonly asked: { readonly terms: Terms } }>(waiting: T[], job: T): void {
  const { urgency } = job.asked.terms;
  let from = 0;
  let to = waiting.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (waiting[middle].asked.terms.urgency < urgency) to = middle;
    else from = middle + 1;
  }
  waiting.splice(from, 0, job);
}

/** The priority by which BullMQ hands jobs out in the same order. */
export const queuePriority = ({ urgency }: Pick<Terms, 'urgency'>): number =>
  Math.max(1, LAST - Math.round(STEPS_A_DOUBLING * Math.log2(1 + urgency)));
