import { describe, expect, test } from 'vitest';
import { openGpu } from '../../src/node';
import { pow } from '../../src/ops/table';
import { imprecise, precisions } from './precision';
import { rowPrecisions } from './row-precision';

describe.each(['auto', 'swiftshader'] as const)('on the adapter %s', (adapter) => {
  test('every elementwise function and gradient is within 2e-6 of f64 over a million values', async () => {
    using gpu = await openGpu({ adapter });
    const all = await precisions(gpu);
    expect(imprecise(all)).toEqual([]);
    for (const { name, compared } of all) expect(compared, name).toBeGreaterThan(300_000);
  });

  test('softmax, its logarithm, crossEntropy and logSumExp are within 2e-6 of f64 over a million logits', async () => {
    using gpu = await openGpu({ adapter });
    expect(imprecise(await rowPrecisions(gpu))).toEqual([]);
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
