import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openGpu } from '../../src/node';
import type { Gpu } from '../../src/tensor/gpu';
import { philox4x32 } from '../../src/tensor/random';
import { useGpu } from '../use-gpu';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});
beforeEach(() => gpu.manualSeed(0));

/** What rand must give, by the generator on the host. */
const uniforms = (count: number, seed: number, stream: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => {
    const words = philox4x32([Math.floor(i / 4), 0, 0, 0], [seed, stream]);
    return (words[i % 4] >>> 8) * 2 ** -24;
  });

describe('rand', () => {
  test.each([
    [0, 0],
    [1, 7],
    [0xffff_ffff, 0xffff_ffff],
    [123_456_789, 65_536],
  ])('with seed %d and stream %d equals Philox on the host bit for bit', async (seed, stream) => {
    const drawn = await gpu.rand([1031], { seed, stream }).data();
    expect(drawn).toEqual(uniforms(1031, seed, stream));
  });

  test('seeds and streams that are not whole words are refused', () => {
    for (const seed of [-1, 0.5, 2 ** 32, Number.NaN]) {
      expect(() => gpu.rand([2], { seed })).toThrow(/random seed: expected an integer from 0 to 4294967295/);
      expect(() => gpu.rand([2], { stream: seed })).toThrow(/random stream/);
      expect(() => gpu.manualSeed(seed)).toThrow(/random seed/);
    }
  });
});

describe('randn', () => {
  test('is Box and Muller’s transform of the same words', async () => {
    const u = uniforms(400, 3, 5);
    const z = await gpu.randn([400], { seed: 3, stream: 5 }).data();
    for (let i = 0; i < 400; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - u[i]));
      expect(Math.abs(z[i] - radius * Math.cos(2 * Math.PI * u[i + 1]))).toBeLessThan(2e-3);
      expect(Math.abs(z[i + 1] - radius * Math.sin(2 * Math.PI * u[i + 1]))).toBeLessThan(2e-3);
    }
  });

  test('has the moments and tails of the standard normal distribution', async () => {
    const n = 400_000;
    const z = [...(await gpu.randn([n], { seed: 11 }).data())];
    const moment = (power: number) => z.reduce((sum, value) => sum + value ** power, 0) / n;
    // Five standard errors: √(Var(zᵖ)/n) with Var = 1, 2, 15, 96 for p = 1, 2, 3, 4.
    const error = (variance: number) => 5 * Math.sqrt(variance / n);
    expect(Math.abs(moment(1))).toBeLessThan(error(1));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(error(2));
    expect(Math.abs(moment(3))).toBeLessThan(error(15));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(error(96));
    const beyondTwo = z.reduce((count, value) => count + Number(Math.abs(value) > 2), 0) / n;
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(5 * Math.sqrt(0.0455 / n));
    expect(z.every(Number.isFinite)).toBe(true);
  });

  test('neighbouring draws, streams and seeds are uncorrelated', async () => {
    const n = 100_000;
    const draw = async (seed: number, stream: number) => gpu.randn([n], { seed, stream }).data();
    const correlation = (a: ArrayLike<number>, b: ArrayLike<number>, shift: number) => {
      let sum = 0;
      for (let i = 0; i + shift < n; i++) sum += a[i] * b[i + shift];
      return sum / n;
    };
    const [a, b, c] = [await draw(1, 0), await draw(1, 1), await draw(2, 0)];
    for (const value of [
      correlation(a, a, 1),
      correlation(a, a, 2),
      correlation(a, b, 0),
      correlation(a, c, 0),
    ]) {
      expect(Math.abs(value)).toBeLessThan(5 / Math.sqrt(n));
    }
  });
});

describe('manualSeed', () => {
  const three = async () => {
    const drawn = [gpu.rand([8]), gpu.randn([8]), gpu.rand([8])];
    return Promise.all(drawn.map((tensor) => tensor.data()));
  };

  test('starts the draws without a seed again', async () => {
    gpu.manualSeed(42);
    const first = await three();
    const further = await three();
    gpu.manualSeed(42);
    expect(await three()).toEqual(first);
    expect(further).not.toEqual(first);
    gpu.manualSeed(43);
    expect(await three()).not.toEqual(first);
  });

  test('draws without a seed differ from each other and never meet those with one', async () => {
    gpu.manualSeed(9);
    const [a, , c] = await three();
    expect(a).not.toEqual(c);
    expect(a).toEqual(uniforms(8, 9, 65_536));
    expect(c).toEqual(uniforms(8, 9, 65_538));
  });

  test('draws with a seed of their own do not move the generator on', async () => {
    gpu.manualSeed(1);
    gpu.rand([4], { seed: 5 });
    gpu.rand([4], { stream: 5 });
    expect(await gpu.rand([4]).data()).toEqual(uniforms(4, 1, 65_536));
  });

  test('a stream alone belongs to the generator’s seed', async () => {
    gpu.manualSeed(6);
    expect(await gpu.rand([4], { stream: 3 }).data()).toEqual(uniforms(4, 6, 3));
  });

  test('a new GPU starts from seed 0', async () => {
    const other = await openGpu();
    expect(await other.rand([4]).data()).toEqual(uniforms(4, 0, 65_536));
    other.dispose();
  });
});
