import { drafting } from './drafting';

/** Values of a piece of work: being kept, or given once more. */
interface Frame {
  readonly values: unknown[];
  /** Where the next value is, of those given once more. */
  next?: number;
}

/** Work within work, the innermost last. */
const frames: Frame[] = [];

/**
 * What follows from more than the arguments of a call, such as the key of a random draw. Work that is run once more by
 * `again` gets the values that it had before, in the same order.
 */
export function remembered<T>(make: () => T): T {
  drafting()?.refuse();
  const inner = frames.findLastIndex(({ next }) => next !== undefined);
  const source = frames[inner];
  const value = source?.next === undefined ? make() : (source.values[source.next++] as T);
  for (const { values } of frames.slice(inner + 1)) values.push(value);
  return value;
}

/** Runs `work` and keeps the values that it is given, for `again`. */
export function keeping<T>(work: () => T): { readonly result: T; readonly kept: readonly unknown[] } {
  const values: unknown[] = [];
  return { result: within({ values }, work), kept: values };
}

/** Runs `work` with the values of its first run. */
export const again = <T>(kept: readonly unknown[], work: () => T): T =>
  within({ values: [...kept], next: 0 }, work);

/** Whether work runs whose values are kept, or given once more. */
export const isRemembering = (): boolean => frames.length > 0;

/** Whether work runs that ran before, and leaves behind only what it gives. */
export const isAgain = (): boolean => frames.some(({ next }) => next !== undefined);

function within<T>(frame: Frame, work: () => T): T {
  frames.push(frame);
  try {
    return work();
  } finally {
    frames.pop();
  }
}
