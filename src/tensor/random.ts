import { TaskgradError } from '../../runtime/errors';
import { shown } from './guard';

export type PhiloxCounter = readonly [number, number, number, number];
export type PhiloxKey = readonly [number, number];

const ROUNDS = 10;
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** Marks the counters of `Random`, so that it shares no block with the GPU, whose last word is 0. */
const HOST_DOMAIN = 1;

const TWO_POW_32 = 2 ** 32;
const TWO_POW_MINUS_24 = 2 ** -24;

/** Upper 32 bits of the product of two u32. Each partial sum below fits a double and a u32 exactly. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return aHigh * bHigh + (middle >>> 16) + (carry >>> 16);
}

/**
 * Philox4x32-10: four random u32 as a pure function of a 128-bit counter and a 64-bit key.
 * Same function as the WGSL twin, which takes key (seed, stream) and counter (index, offset, 0, 0).
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11.
 */
export function philox4x32(counter: PhiloxCounter, key: PhiloxKey): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = mulHigh(MULTIPLIER_0, c0);
    const high1 = mulHigh(MULTIPLIER_1, c2);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** All that a `Random` is: plain JSON. `counter` is how many u32 were drawn. */
export interface RandomState {
  /** From 0 to 2³² − 1. */
  readonly seed: number;
  /** From 0 to 2³² − 1. */
  readonly stream: number;
  /** How many u32 were drawn. */
  readonly counter: number;
}

/** Anything with a length and places: an array, or a typed array. */
export interface Indexed {
  /** Number of places. */
  readonly length: number;
  /** What is at a place. */
  [index: number]: unknown;
}

/**
 * Seeded random numbers on the host. Streams of one seed are independent of each other; a state
 * taken with `state()` and given to `Random.from` goes on with the same numbers.
 * @example
 * ```ts
 * const random = new Random(0);
 * random.permutation(4).length; // → 4
 * const again = Random.from(random.state());
 * again.uniform() === random.uniform(); // → true
 * ```
 */
export class Random {
  readonly #key: PhiloxKey;
  #drawn = 0;
  #block: PhiloxCounter = [0, 0, 0, 0];

  /** @throws TaskgradError `INVALID_SEED` unless seed and stream are integers from 0 to 2^32 - 1. */
  constructor(seed: number, stream = 0) {
    checkWord('seed', seed);
    checkWord('stream', stream);
    this.#key = [seed, stream];
  }

  /** @throws TaskgradError `INVALID_SEED` when a number of the state is out of range. */
  static from(state: RandomState): Random {
    const { seed, stream, counter } = state;
    if (!Number.isSafeInteger(counter) || counter < 0) {
      throw new TaskgradError('INVALID_SEED', `random counter: expected an integer from 0, got ${counter}`);
    }
    const random = new Random(seed, stream);
    random.#drawn = counter;
    if (counter % 4 !== 0) random.#block = random.#blockAt(counter);
    return random;
  }

  /** Where the generator stands, as plain JSON. */
  state(): RandomState {
    return { seed: this.#key[0], stream: this.#key[1], counter: this.#drawn };
  }

  /** The next 32 random bits, as a whole number from 0 to 2³² − 1. */
  nextU32(): number {
    const word = this.#drawn % 4;
    if (word === 0) this.#block = this.#blockAt(this.#drawn);
    this.#drawn++;
    return this.#block[word];
  }

  /** Uniform in [0, 1) with 24 bits: every value is exact in f32. */
  uniform(): number {
    return (this.nextU32() >>> 8) * TWO_POW_MINUS_24;
  }

  /**
   * Standard normal by Box-Muller. The sine twin is thrown away: a pair kept for the next call
   * would be one more thing for the state to carry.
   */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /**
   * Uniform integer in [0, n), unbiased by rejection.
   * @throws TaskgradError `INVALID_RANGE` unless n is an integer from 1 to 2^32.
   */
  int(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > TWO_POW_32) {
      throw new TaskgradError('INVALID_RANGE', `Random.int: expected n from 1 to 2^32, got ${n}`);
    }
    const acceptBelow = TWO_POW_32 - (TWO_POW_32 % n);
    for (;;) {
      const draw = this.nextU32();
      if (draw < acceptBelow) return draw % n;
    }
  }

  /** Fisher-Yates in place; gives the same array back. */
  shuffle<A extends Indexed>(array: A): A {
    const items: Indexed = array;
    for (let last = items.length - 1; last > 0; last--) {
      const other = this.int(last + 1);
      const moved = items[last];
      items[last] = items[other];
      items[other] = moved;
    }
    return array;
  }

  /** The numbers 0 to n - 1 in random order. */
  permutation(n: number): Uint32Array {
    return this.shuffle(Uint32Array.from({ length: n }, (_, i) => i));
  }

  #blockAt(drawn: number): PhiloxCounter {
    const index = Math.floor(drawn / 4);
    return philox4x32([index >>> 0, Math.floor(index / TWO_POW_32), 0, HOST_DOMAIN], this.#key);
  }
}

/** @throws TaskgradError `INVALID_SEED` unless value is an integer from 0 to 2^32 - 1. */
export function checkWord(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value >= TWO_POW_32) {
    throw new TaskgradError(
      'INVALID_SEED',
      `random ${name}: expected an integer from 0 to 4294967295, got ${shown(value)}`,
    );
  }
}
