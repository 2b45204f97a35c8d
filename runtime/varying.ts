/** A value that is computed anew whenever a captured step is replayed. */
export interface Live<T = number> {
  /** Of the step under way. */
  readonly now: T;
}

/** A number of a dispatch that may be another at each replay of a captured step. */
export type Varying = number | Live;

export const nowOf = (value: Varying): number => (typeof value === 'number' ? value : value.now);
