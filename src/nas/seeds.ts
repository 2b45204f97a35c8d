import { Random } from '../tensor/random';

/** What a search draws for. Each purpose has its own stream of the seed, with room for 2¹⁶ indices. */
const STREAMS = { genotypes: 0x6e610000, weights: 0x6e620000, order: 0x6e630000, alpha: 0x6e640000 };

/** Random numbers of a search for one purpose and, say, one round: the same whatever ran before. */
export function randomFor(seed: number, purpose: keyof typeof STREAMS, index: number): Random {
  return new Random(seed, STREAMS[purpose] + index);
}

/** A seed of its own for one purpose and index. */
export function seedFor(seed: number, purpose: keyof typeof STREAMS, index: number): number {
  return randomFor(seed, purpose, index).nextU32();
}
