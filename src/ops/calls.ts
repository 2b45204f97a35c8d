import type { Tensor } from '../tensor/tensor';

/** A call of an op, as it was made. */
export interface MadeCall {
  readonly op: string;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly attrs: unknown;
  readonly output: Tensor;
}

/** Who is told of every call. */
export const calls: { watch?: (call: MadeCall) => void } = {};

/** Has every call of an op reported while `work` runs; an op that calls others comes after them. */
export function watchingCalls<T>(watch: (call: MadeCall) => void, work: () => T): T {
  const outer = calls.watch;
  calls.watch = watch;
  try {
    return work();
  } finally {
    calls.watch = outer;
  }
}
