import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openGpu } from '../../src/node';
import { exp, pow } from '../../src/ops/table';
import type { Gpu } from '../../src/tensor/gpu';
import { imprecise, type Precision, precisions } from './precision';
import { rowPrecisions } from './row-precision';

const ADAPTERS = ['auto', 'swiftshader'] as const;
let gpus: Gpu[] = [];
let ofElements: Precision[][];
let ofRows: Precision[][];
beforeAll(async () => {
  gpus = await Promise.all(ADAPTERS.map((adapter) => openGpu({ adapter })));
  ofElements = await precisions(gpus);
  ofRows = await rowPrecisions(gpus);
});
afterAll(() => {
  for (const gpu of gpus) gpu.dispose();
});

describe.each(ADAPTERS.map((adapter, i) => [adapter, i] as const))('on the adapter %s', (_, i) => {
  test('every elementwise function and gradient is within 2e-6 of f64 over random and critical values', () => {
    const all = ofElements[i];
    expect(all.length).toBeGreaterThan(20);
    expect(imprecise(all)).toEqual([]);
    for (const { name, compared, drawn } of all) expect(compared / drawn, name).toBeGreaterThan(0.55);
  });

  test('softmax, its logarithm, crossEntropy and logSumExp are within 2e-6 of f64 over a million logits', () => {
    expect(ofRows[i]).toHaveLength(12);
    expect(imprecise(ofRows[i])).toEqual([]);
  });

  test('exp goes over to infinity and 0 where f32 ends', async () => {
    const gpu = gpus[i];
    // Neighbours in f32 lie 2^-17 apart there.
    const around = (centre: number) => Array.from({ length: 64 }, (_, i) => centre + (i - 32) / 2 ** 17);
    const [over, under] = [around(Math.fround(88.72284)), around(Math.fround(-87.33654))];
    const found = await exp(gpu.tensor([...over, ...under], [128])).data();
    const most = 2 ** 127 * (2 - 2 ** -24);
    over.forEach((x, at) => {
      if (Math.exp(x) < most) expect(Math.abs(found[at] / Math.exp(x) - 1), `${x}`).toBeLessThan(2e-6);
      else expect(found[at], `${x}`).toBe(Number.POSITIVE_INFINITY);
    });
    under.forEach((x, at) => {
      const off = Math.abs(found[64 + at] / Math.exp(x) - 1);
      if (Math.exp(x) >= 2 ** -126) expect(off, `${x}`).toBeLessThan(2e-6);
      else expect(found[64 + at], `${x}`).toBeLessThanOrEqual(2 ** -126);
    });
  });

  test('whole powers are whole', async () => {
    const gpu = gpus[i];
    const powers: [base: number, exponent: number][] = [];
    for (let base = 2; base < 4096; base++)
      for (let exponent = 1; base ** exponent <= 2 ** 24; exponent++) powers.push([base, exponent]);
    const side = (operand: 0 | 1) =>
      gpu.tensor(
        powers.map((pair) => pair[operand]),
        [powers.length],
      );
    const found = await pow(side(0), side(1)).data();
    expect([...found]).toEqual(powers.map(([base, exponent]) => base ** exponent));
    expect(await pow(gpu.tensor([255, -3], [2]), 2).data()).toEqual(Float32Array.of(65025, 9));
    expect(await pow(gpu.tensor([255, -3], [2]), 3).data()).toEqual(Float32Array.of(16581375, -27));
  });
});
