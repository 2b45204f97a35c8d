import { describe, expect, test } from 'vitest';
import { openGpu } from '../../src/node';
import { exp, pow } from '../../src/ops/table';
import { imprecise, precisions } from './precision';
import { rowPrecisions } from './row-precision';

describe.each(['auto', 'swiftshader'] as const)('on the adapter %s', (adapter) => {
  test('every elementwise function and gradient is within 2e-6 of f64 over a million values', async () => {
    using gpu = await openGpu({ adapter });
    const all = await precisions(gpu);
    expect(imprecise(all)).toEqual([]);
    for (const { name, compared } of all) expect(compared, name).toBeGreaterThan(600_000);
  });

  test('softmax, its logarithm, crossEntropy and logSumExp are within 2e-6 of f64 over a million logits', async () => {
    using gpu = await openGpu({ adapter });
    expect(imprecise(await rowPrecisions(gpu))).toEqual([]);
  });

  test('exp goes over to infinity and 0 where f32 ends', async () => {
    using gpu = await openGpu({ adapter });
    // Neighbours in f32 lie 2^-17 apart there.
    const around = (centre: number) => Array.from({ length: 64 }, (_, i) => centre + (i - 32) / 2 ** 17);
    const [over, under] = [around(Math.fround(88.72284)), around(Math.fround(-87.33654))];
    const found = await exp(gpu.tensor([...over, ...under], [128])).data();
    const most = 2 ** 127 * (2 - 2 ** -24);
    over.forEach((x, i) => {
      if (Math.exp(x) < most) expect(Math.abs(found[i] / Math.exp(x) - 1), `${x}`).toBeLessThan(2e-6);
      else expect(found[i], `${x}`).toBe(Number.POSITIVE_INFINITY);
    });
    under.forEach((x, i) => {
      const off = Math.abs(found[64 + i] / Math.exp(x) - 1);
      if (Math.exp(x) >= 2 ** -126) expect(off, `${x}`).toBeLessThan(2e-6);
      else expect(found[64 + i], `${x}`).toBeLessThanOrEqual(2 ** -126);
    });
  });

  test('whole powers are whole', async () => {
    using gpu = await openGpu({ adapter });
    const powers: [base: number, exponent: number][] = [];
    for (let base = 2; base < 4096; base++)
      for (let exponent = 1; base ** exponent <= 2 ** 24; exponent++) powers.push([base, exponent]);
    const side = (i: 0 | 1) =>
      gpu.tensor(
        powers.map((pair) => pair[i]),
        [powers.length],
      );
    const found = await pow(side(0), side(1)).data();
    expect([...found]).toEqual(powers.map(([base, exponent]) => base ** exponent));
    expect(await pow(gpu.tensor([255, -3], [2]), 2).data()).toEqual(Float32Array.of(65025, 9));
    expect(await pow(gpu.tensor([255, -3], [2]), 3).data()).toEqual(Float32Array.of(16581375, -27));
  });
});
