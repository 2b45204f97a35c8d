/**
 * Terms that kernels add up one after another before their sum joins others, so that a long sum keeps its digits; CHAIN of
 * shaders/snippets/running_sum.wgsl.
 */
export const CHAIN = 32;

/** How the terms of a sum fall into parts, which are added up afterwards. */
export interface Parts {
  readonly count: number;
  /** Terms of a part; the last may have fewer. */
  readonly length: number;
}

/** As many parts as are wanted or fewer, of whole groups of four terms. */
export function partsInFours(terms: number, wanted: number): Parts {
  const length = 4 * Math.ceil(terms / wanted / 4);
  return { count: Math.ceil(terms / length), length };
}
