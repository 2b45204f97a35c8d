import { describe, expect, it } from 'vitest';
import { philox4x32, Random } from '../../src/tensor/random';

/** Random123 1.14, tests/kat_vectors, the rows `philox4x32 10`: counter, key, answer. */
const KNOWN_ANSWERS = [
  '00000000 00000000 00000000 00000000 00000000 00000000 6627e8d5 e169c58d bc57ac4c 9b00dbd8',
  'ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff 408f276d 41c83b0e a20bc7c6 6d5451fd',
  '243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0 d16cfe09 94fdcceb 5001e420 24126ea1',
];

const draw = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);

describe('philox4x32', () => {
  it.each(KNOWN_ANSWERS)('gives the known answer of Random123: %s', (row) => {
    const [c0, c1, c2, c3, k0, k1, ...answer] = row.split(' ').map((word) => Number.parseInt(word, 16));
    expect(philox4x32([c0, c1, c2, c3], [k0, k1])).toEqual(answer);
  });

  it('matches a BigInt transcription of the paper over mixed counters', () => {
    const mask = 0xffffffffn;
    const reference = (counter: bigint[], key: bigint[]): number[] => {
      let [a, b, c, d] = counter;
      for (let i = 0n; i < 10n; i++) {
        const p = a * 0xd2511f53n;
        const q = c * 0xcd9e8d57n;
        const ka = (key[0] + i * 0x9e3779b9n) & mask;
        const kb = (key[1] + i * 0xbb67ae85n) & mask;
        [a, b, c, d] = [(q >> 32n) ^ b ^ ka, q & mask, (p >> 32n) ^ d ^ kb, p & mask];
      }
      return [a, b, c, d].map(Number);
    };
    let words = [1, 2, 3, 4, 5, 6];
    for (let i = 0; i < 200; i++) {
      const [c0, c1, c2, c3, k0, k1] = words;
      const got = philox4x32([c0, c1, c2, c3], [k0, k1]);
      expect(got).toEqual(reference([c0, c1, c2, c3].map(BigInt), [k0, k1].map(BigInt)));
      words = [...got, c0, c1];
    }
  });
});

describe('Random', () => {
  it('draws the same numbers for the same seed and others for another seed or stream', () => {
    const numbers = (seed: number, stream?: number) => {
      const random = new Random(seed, stream);
      return draw(8, () => random.nextU32());
    };
    expect(numbers(7)).toEqual(numbers(7, 0));
    expect(numbers(7)).not.toEqual(numbers(8));
    expect(numbers(7)).not.toEqual(numbers(7, 1));
    expect(new Set([...numbers(7), ...numbers(8), ...numbers(7, 1)]).size).toBe(24);
  });

  it('draws no word of the blocks that the GPU draws from the same seed and stream', () => {
    const random = new Random(3, 5);
    const gpu = draw(64, () => 0).flatMap((_, index) => philox4x32([index, 0, 0, 0], [3, 5]));
    const host = new Set(draw(256, () => random.nextU32()));
    expect(gpu.filter((word) => host.has(word))).toEqual([]);
  });

  it.each([0, 1, 2, 3, 4, 5, 11])(
    'goes on with the same numbers from a JSON state after %i draws',
    (count) => {
      const random = new Random(42, 9);
      draw(count, () => random.nextU32());
      const resumed = Random.from(JSON.parse(JSON.stringify(random.state())));
      expect(draw(9, () => resumed.nextU32())).toEqual(draw(9, () => random.nextU32()));
      expect(resumed.state()).toEqual(random.state());
    },
  );

  it('carries the block counter into its second word past 2^32 blocks', () => {
    const at = (counter: number) => Random.from({ seed: 1, stream: 0, counter }).nextU32();
    expect(at(2 ** 34)).not.toBe(at(0));
    expect(at(2 ** 34 + 4)).toBe(philox4x32([1, 1, 0, 1], [1, 0])[0]);
  });

  it('resumes normals, integers and shuffles, which draw an uneven number of words', () => {
    const random = new Random(1);
    random.normal();
    random.int(7);
    random.shuffle([1, 2, 3, 4]);
    const resumed = Random.from(random.state());
    expect([resumed.normal(), resumed.int(1000), resumed.permutation(9)]).toEqual([
      random.normal(),
      random.int(1000),
      random.permutation(9),
    ]);
  });

  it('draws uniforms in [0, 1) that f32 holds exactly, with the mean and variance of the uniform', () => {
    const random = new Random(11);
    const values = draw(40_000, () => random.uniform());
    expect(values.every((value) => value >= 0 && value < 1 && Math.fround(value) === value)).toBe(true);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(1 / 2, 2);
    expect(variance).toBeCloseTo(1 / 12, 2);
  });

  it('draws normals with the first four moments and the tails of the standard normal', () => {
    const random = new Random(5);
    const values = draw(60_000, () => random.normal());
    const moment = (k: number) => values.reduce((sum, value) => sum + value ** k, 0) / values.length;
    // Within about four standard errors of 60,000 draws.
    expect(Math.abs(moment(1))).toBeLessThan(0.017);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.024);
    expect(Math.abs(moment(3))).toBeLessThan(0.065);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.17);
    const beyondTwo = values.filter((value) => Math.abs(value) > 2).length / values.length;
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(0.0035);
  });

  it('draws integers below n evenly, by the chi-square test', () => {
    const random = new Random(2);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 20_000; i++) counts[random.int(10)]++;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0);
    expect(chiSquare).toBeLessThan(27.9); // 9 degrees of freedom, p = 0.001
  });

  it('does not favour small integers when n does not divide 2^32', () => {
    // By the remainder alone, values below 2^30 would come twice as often as the others: half of all.
    const random = new Random(4);
    const n = 3 * 2 ** 30;
    const low = draw(9000, () => random.int(n)).filter((value) => value < 2 ** 30).length / 9000;
    expect(Math.abs(low - 1 / 3)).toBeLessThan(0.02);
  });

  it('shuffles arrays and typed arrays in place, and a permutation holds every number once', () => {
    const letters = ['a', 'b', 'c', 'd', 'e'];
    expect(new Random(1).shuffle(letters)).toBe(letters);
    expect([...letters].sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
    const order = new Random(1).permutation(1000);
    expect(order).toBeInstanceOf(Uint32Array);
    expect([...order].sort((a, b) => a - b)).toEqual(draw(1000, () => 0).map((_, i) => i));
    expect(order.filter((value, i) => value === i).length).toBeLessThan(10);
  });

  it('reaches each of the six orders of three things equally often', () => {
    const random = new Random(8);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.permutation(3).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquare).toBeLessThan(20.5); // 5 degrees of freedom, p = 0.001
  });

  it.each([-1, 0.5, 2 ** 32, Number.NaN])('refuses the seed %d, naming the range', (seed) => {
    expect(() => new Random(seed)).toThrow('expected an integer from 0 to 4294967295');
    expect(() => new Random(0, seed)).toThrow('random stream');
  });

  it.each([0, -3, 1.5, 2 ** 32 + 1, Number.NaN])('refuses to draw an integer below %d', (n) => {
    expect(() => new Random(0).int(n)).toThrow('expected n from 1 to 2^32');
  });

  it('refuses a state whose counter is not a count', () => {
    expect(() => Random.from({ seed: 0, stream: 0, counter: -4 })).toThrow('random counter');
  });
});
