/** An odd number whose bits look like chance: products with it differ in all of theirs. */
const SPREAD = 0x9e3779b1;

/** A number that follows from all that was mixed in, in this order. Others may give the same. */
export const mix = (mixed: number, code: number): number => Math.imul(mixed ^ code, SPREAD);
