import { beforeAll, describe, expect, test } from 'vitest';
import { frechetDistance, logDetDistance } from '../../src/fisher/distance';
import { normalize } from '../../src/fisher/normalize';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import { type Ref, ref, size } from '../reference/ref';
import { useGpu } from '../use-gpu';
import { download, onOwnGpu, upload } from './nets';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

type Refs = Record<string, Ref>;

/** Values over many orders of magnitude, in f32, some of them 0; normalised. */
function made(seed: number, shapes: Record<string, number[]>): Refs {
  const random = new Random(seed);
  const raw = Object.entries(shapes).map(([name, shape]) => {
    const value = () => (random.uniform() < 0.1 ? 0 : 10 ** (-8 * random.uniform()));
    return [name, ref(shape, Array.from({ length: size(shape) }, value))] as const;
  });
  const total = raw.reduce((sum, [, { data }]) => sum + data.reduce((a, b) => a + b, 0), 0);
  return Object.fromEntries(
    raw.map(([name, r]) => [
      name,
      ref(
        r.shape,
        r.data.map((v) => Math.fround(v / total)),
      ),
    ]),
  );
}

/** Rows of zeros up to the given shape. */
function widen({ data }: Ref, shape: number[]): Ref {
  const wide = new Float64Array(size(shape));
  wide.set(data);
  return ref(shape, wide);
}

const logDet = (s: Refs, t: Refs, epsilon = 1e-10): number => {
  let [total, count] = [0, 0];
  for (const [name, { data }] of Object.entries(t)) {
    const other = s[name].data;
    total += Math.abs(data.reduce((sum, v, i) => sum + Math.log((other[i] + epsilon) / (v + epsilon)), 0));
    count += data.length;
  }
  return total / count;
};

const frechet = (s: Refs, t: Refs): number => {
  let total = 0;
  for (const [name, { data }] of Object.entries(t)) {
    const other = s[name].data;
    data.forEach((v, i) => {
      total += (Math.sqrt(other[i]) - Math.sqrt(v)) ** 2;
    });
  }
  return Math.sqrt(total / 2);
};

const relative = (found: number, expected: number): number => Math.abs(found / expected - 1);
const shapes = { 'a.weight': [37, 61, 3], 'a.bias': [37], 'b.weight': [4, 5], 'b.bias': [4] };
const five = { ...shapes, 'b.weight': [5, 5], 'b.bias': [5] };

describe('distances between Fishers', () => {
  test('logDetDistance › several workgroups and orders of magnitude: it matches f64', async () => {
    const [s, t] = [made(1, shapes), made(2, shapes)];
    expect(relative(await logDetDistance(upload(gpu, s), upload(gpu, t)), logDet(s, t))).toBeLessThan(1e-6);
  });

  test('logDetDistance › another epsilon: it matches f64', async () => {
    const [s, t] = [made(1, shapes), made(2, shapes)];
    const found = await logDetDistance(upload(gpu, s), upload(gpu, t), { epsilon: 1e-6 });
    expect(relative(found, logDet(s, t, 1e-6))).toBeLessThan(1e-6);
    expect(relative(logDet(s, t), logDet(s, t, 1e-6))).toBeGreaterThan(0.1);
  });

  test('logDetDistance › layers of opposite sign do not cancel, values within a layer do', async () => {
    const of = (a: number[], b: number[]) =>
      upload(gpu, { 'a.weight': ref([2], a), 'b.weight': ref([1], b) });
    const source = of([0.4, 0.1], [0.5]);
    expect(await logDetDistance(source, of([0.1, 0.4], [0.5]))).toBeCloseTo(0, 6);
    expect(await logDetDistance(source, of([0.1, 0.1], [0.8]))).toBeCloseTo(
      (Math.log(4) + Math.log(1.6)) / 3,
      6,
    );
  });

  test('frechetDistance › several workgroups and orders of magnitude: it matches f64', async () => {
    const [s, t] = [made(1, shapes), made(2, shapes)];
    expect(relative(await frechetDistance(upload(gpu, s), upload(gpu, t)), frechet(s, t))).toBeLessThan(1e-6);
  });

  test('frechetDistance › the square is half the sum of the squared differences of roots', async () => {
    const { gpu } = held;
    const of = (...values: number[]) => new Map([['a', gpu.tensor(values, [values.length])]]);
    // ½ ((0.5 - 1)² + (√0.75 - 0)²)
    const [s, t] = [of(0.25, 0.75), of(1, 0)];
    expect(await frechetDistance(s, t, { squared: true })).toBeCloseTo(0.5, 6);
    expect(await frechetDistance(s, t)).toBeCloseTo(Math.SQRT1_2, 6);
  });

  test('frechetDistance › Fishers without a value in common are 1 apart', async () => {
    const [a, b] = [
      [1, 0],
      [0, 1],
    ].map((data) => upload(gpu, { 'a.weight': ref([2], data) }));
    expect(await frechetDistance(a, b)).toBeCloseTo(1, 6);
  });

  test('both › the distance of a Fisher to itself is exactly 0', async () => {
    const [one, same] = [upload(gpu, made(1, shapes)), upload(gpu, made(1, shapes))];
    expect(await logDetDistance(one, one)).toBe(0);
    expect(await logDetDistance(one, same)).toBe(0);
    expect(await frechetDistance(one, same)).toBe(0);
  });

  test('both › names in another order: they are compared by name', async () => {
    const [s, t] = [made(1, shapes), made(2, shapes)];
    const turned = new Map([...upload(gpu, s)].reverse());
    expect(relative(await logDetDistance(turned, upload(gpu, t)), logDet(s, t))).toBeLessThan(1e-6);
  });

  test('both › one readback a distance', () =>
    onOwnGpu(async (gpu) => {
      const [s, t] = [upload(gpu, made(1, shapes)), upload(gpu, made(2, shapes))];
      const before = gpu.runtime.readback.readbacks;
      const { tensors } = gpu.memory();
      await logDetDistance(s, t);
      await frechetDistance(s, t);
      expect(gpu.runtime.readback.readbacks).toBe(before + 2);
      expect(gpu.memory().tensors).toBe(tensors);
    }));
});

describe('heads of different class numbers', () => {
  const wide = (refs: Refs): Refs => ({
    ...refs,
    'b.weight': widen(refs['b.weight'], five['b.weight']),
    'b.bias': widen(refs['b.bias'], five['b.bias']),
  });

  test('both › a smaller source head is padded with zeros', async () => {
    const [s, t] = [made(1, shapes), made(2, five)];
    const [source, target] = [upload(gpu, s), upload(gpu, t)];
    expect(relative(await logDetDistance(source, target), logDet(wide(s), t))).toBeLessThan(1e-6);
    expect(relative(await frechetDistance(source, target), frechet(wide(s), t))).toBeLessThan(1e-6);
  });

  test('both › a smaller target head is padded with zeros', async () => {
    const [s, t] = [made(1, five), made(2, shapes)];
    const [source, target] = [upload(gpu, s), upload(gpu, t)];
    expect(relative(await logDetDistance(source, target), logDet(s, wide(t)))).toBeLessThan(1e-6);
    expect(relative(await frechetDistance(source, target), frechet(s, wide(t)))).toBeLessThan(1e-6);
  });

  test('both › a network that is a head alone is padded too', async () => {
    const [s, t] = [made(1, { weight: [2, 3], bias: [2] }), made(2, { weight: [3, 3], bias: [3] })];
    const padded = { weight: widen(s.weight, [3, 3]), bias: widen(s.bias, [3]) };
    expect(relative(await logDetDistance(upload(gpu, s), upload(gpu, t)), logDet(padded, t))).toBeLessThan(
      1e-6,
    );
  });

  test('both › another layer of another shape: the error names it and both shapes', async () => {
    const s = upload(gpu, made(1, { ...shapes, 'a.weight': [36, 61, 3] }));
    const t = upload(gpu, made(2, shapes));
    await expect(logDetDistance(s, t)).rejects.toThrow(
      "logDetDistance: tensor a.weight is [36,61,3] in the source and [37,61,3] in the target; only the number of classes, the first axis of the head 'b.*', may differ",
    );
    await expect(frechetDistance(s, t)).rejects.toThrow('frechetDistance: tensor a.weight');
  });

  test('both › a head of other features: the error names it', async () => {
    const s = upload(gpu, made(1, { ...shapes, 'b.weight': [4, 6] }));
    await expect(logDetDistance(s, upload(gpu, made(2, shapes)))).rejects.toThrow('tensor b.weight is [4,6]');
  });

  test('both › a layer beside the head under one name is no part of it', async () => {
    const nested = { 'net.a.weight': [2, 3], 'net.head.weight': [4, 5] };
    const [s, t] = [made(1, { ...nested, 'net.a.weight': [3, 3] }), made(2, nested)];
    for (const distance of [logDetDistance, frechetDistance])
      await expect(distance(upload(gpu, s), upload(gpu, t))).rejects.toThrow("of the head 'net.head.*'");
  });

  test('both › a tensor that one side lacks: the error names it and the side', async () => {
    const all = upload(gpu, made(1, shapes));
    const few = new Map([...all].slice(1));
    await expect(logDetDistance(few, all)).rejects.toThrow(
      'logDetDistance: tensor a.weight is [37,61,3] in the target but missing in the source',
    );
    await expect(logDetDistance(all, few)).rejects.toThrow('in the source but missing in the target');
  });
});

describe('Fishers that cannot be compared', () => {
  const good = () => upload(gpu, made(1, shapes));

  test('both › NaN in the source: the error says whose it is', async () => {
    const bad = made(2, shapes);
    bad['a.bias'].data[7] = Number.NaN;
    await expect(logDetDistance(upload(gpu, bad), good())).rejects.toThrow(
      "the source's Fisher is not finite",
    );
    await expect(frechetDistance(upload(gpu, bad), good())).rejects.toThrow(
      "the source's Fisher is not finite",
    );
  });

  test('both › a target of zeros, normalised or not: the error says so', async () => {
    const zeros = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, ref(shape, new Float64Array(size(shape)))]),
    );
    const raw = upload(gpu, zeros);
    await expect(logDetDistance(good(), raw)).rejects.toThrow("the target's Fisher sums to 0");
    await expect(frechetDistance(good(), normalize(raw))).rejects.toThrow('was all zero before normalize');
  });

  test('logDetDistance › an epsilon of 0, or a NaN: the error says what is expected', async () => {
    for (const epsilon of [0, -1, Number.NaN]) {
      await expect(logDetDistance(good(), good(), { epsilon })).rejects.toThrow(
        `epsilon is ${epsilon}, expected`,
      );
    }
  });

  test('both › Fishers without tensors: the error says so', async () => {
    await expect(logDetDistance(new Map(), new Map())).rejects.toThrow('no tensors');
    expect(() => normalize(new Map())).toThrow('no tensors');
  });
});

describe('normalising', () => {
  test('normalize › the sum over all tensors becomes 1, in new tensors and without a readback', () =>
    onOwnGpu(async (gpu) => {
      const raw = made(4, shapes);
      const scaled = Object.fromEntries(
        Object.entries(raw).map(([name, { shape, data }]) => [
          name,
          ref(
            shape,
            data.map((v) => Math.fround(37 * v)),
          ),
        ]),
      );
      const given = upload(gpu, scaled);
      const { readbacks } = gpu.runtime.readback;
      const { tensors } = gpu.memory();
      const normal = normalize(given);
      expect(gpu.runtime.readback.readbacks).toBe(readbacks);
      expect(gpu.memory().tensors).toBe(tensors + normal.size);
      const sum = Object.values(scaled).reduce(
        (total, { data }) => total + data.reduce((a, b) => a + b, 0),
        0,
      );
      for (const [name, { shape, data }] of await download(normal)) {
        expect(shape).toEqual(scaled[name].shape);
        data.forEach((value, i) => {
          expect(Math.abs(value - scaled[name].data[i] / sum)).toBeLessThanOrEqual(
            (1e-6 * scaled[name].data[i]) / sum,
          );
        });
      }
      expect([...(await download(given))].map(([name, { data }]) => [name, data])).toEqual(
        Object.entries(scaled).map(([name, { data }]) => [name, data]),
      );
    }));
});
