import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseArchitecture } from '../../src/nas/architecture-text';
import { CellNetwork } from '../../src/nas/cell';
import { score, scores } from '../../src/nas/scores/score';
import { SCORE_NAMES, SCORES } from '../../src/nas/scores/table';
import { Conv2d, Flatten, Linear, ReLU, Sequential } from '../../src/nn/layers';
import type { Gpu } from '../../src/tensor/gpu';
import { failure } from '../data/failure';
import { useGpu } from '../use-gpu';

const golden = z
  .strictObject({
    torch: z.string(),
    cell: z.string(),
    channels: z.int(),
    cells: z.int(),
    classes: z.int(),
    samples: z.int(),
    size: z.int(),
    scores: z.record(z.string(), z.number()),
  })
  .parse(JSON.parse(readFileSync(new URL('../golden/scores.json', import.meta.url), 'utf8')));

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

/** 32 bits of a whole number: the last steps of MurmurHash3, as in scores.py. */
function mix(place: number): number {
  let x = place >>> 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b) >>> 0;
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35) >>> 0;
  return (x ^ (x >>> 16)) >>> 0;
}

const hashed = (first: number, count: number) =>
  Float32Array.from({ length: count }, (_, i) => (mix(first + i) >>> 19) / 4096 - 1);

/** The network of scores.py with its weights. */
function madeNetwork(): CellNetwork {
  const { cell, channels, cells, classes, size } = golden;
  const net = new CellNetwork(gpu, parseArchitecture(cell, channels), {
    classes,
    size: [size, size],
    inputs: 3,
    affine: true,
    backbone: { cells, reductions: 'residual' },
  });
  let first = 0;
  for (const [name, parameter] of [...net.parameters()].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const values = hashed(first, parameter.size);
    const fanIn = parameter.size / parameter.shape[0];
    const scaled = (value: number) => {
      if (parameter.shape.length > 1) return value / Math.sqrt(fanIn);
      return name.endsWith('weight') ? 1 + value / 2 : value / 4;
    };
    parameter.write(values.map(scaled));
    first += parameter.size;
  }
  return net;
}

function madeBatch() {
  const { samples, size, classes } = golden;
  const inputs = gpu.tensor(hashed(1 << 20, samples * 3 * size * size), [samples, 3, size, size]);
  return { inputs, labels: gpu.tensor(Int32Array.from({ length: samples }, (_, n) => n % classes)) };
}

/** GraSP is a finite difference here, and a second derivative there. */
const RELATIVE: Readonly<Record<string, number>> = { grasp: 2e-3 };

describe('scores without training', () => {
  test.each(Object.entries(golden.scores))(
    '%s of a cell of NAS-Bench-201 is PyTorch’s',
    async (name, expected) => {
      const kind = SCORE_NAMES.find((known) => known === name);
      expect(kind).toBeDefined();
      if (!kind) return;
      const found = await score(madeNetwork(), madeBatch(), { kind });
      expect(Math.abs(found - expected) / Math.abs(expected), `${found}, expected ${expected}`).toBeLessThan(
        RELATIVE[name] ?? 2e-4,
      );
    },
  );

  test('every score but the multiply-adds has a figure of PyTorch', () => {
    expect(Object.keys(golden.scores).sort()).toEqual(
      SCORE_NAMES.filter((name) => name !== 'multiply-adds').sort(),
    );
    for (const name of SCORE_NAMES)
      expect(SCORES[name]).toMatchObject({ name, source: expect.stringMatching(/./) });
  });

  test('multiply-adds are those of one sample’s convolutions and products', async () => {
    const net = new Sequential(
      new Conv2d(gpu, 3, 8, 3, { padding: 1 }),
      new ReLU(),
      new Conv2d(gpu, 8, 8, 3, { stride: 2, padding: 1, groups: 4 }),
      new Flatten(),
      new Linear(gpu, 72, 5),
    );
    const batch = { inputs: gpu.randn([2, 3, 6, 6]), labels: gpu.tensor(Int32Array.of(0, 4)) };
    // 36 positions × 8 × 3 · 9, then 9 positions × 8 × 2 · 9, then 72 × 5.
    expect(await score(net, batch, { kind: 'multiply-adds' })).toBe(36 * 8 * 27 + 9 * 8 * 18 + 360);
  });

  test('a network is left as it was: weights, running statistics, modes and gradients', async () => {
    const net = madeNetwork();
    net.modules().next().value?.train();
    net.classifier.training = false;
    const state = async () =>
      Promise.all([...net.stateDict()].map(async ([name, tensor]) => [name, [...(await tensor.data())]]));
    const before = await state();
    await scores(net, madeBatch(), SCORE_NAMES);
    expect(await state()).toEqual(before);
    expect([net.training, net.classifier.training]).toEqual([true, false]);
    expect([...net.parameters().values()].every(({ grad }) => !grad)).toBe(true);
  });

  test('scores asked for together are those asked for alone', async () => {
    const [net, batch] = [madeNetwork(), madeBatch()];
    const together = await scores(net, batch, SCORE_NAMES);
    for (const kind of ['snip', 'naswot', 'synflow'] as const)
      expect(await score(net, batch, { kind }), kind).toBe(together[kind]);
  });

  test('a cell that carries nothing has the lowest scores, and no NaN', async () => {
    const nothing = parseArchitecture('|none~0|+|none~0|none~1|+|none~0|none~1|none~2|', 4);
    const backbone = { cells: 5, reductions: 'residual' } as const;
    const dead = parseArchitecture('|none~0|+|none~0|none~1|', 3);
    for (const [cell, options] of [
      [nothing, { backbone }],
      [dead, {}],
    ] as const) {
      const found = await scores(cell, madeBatch(), SCORE_NAMES, { classes: 3, affine: true, ...options });
      for (const [name, value] of Object.entries(found)) expect(value, name).not.toBeNaN();
      expect(found.naswot).toBe(Number.NEGATIVE_INFINITY);
      expect(found['jacobian-covariance']).toBe(Number.NEGATIVE_INFINITY);
    }
  });

  test('SynFlow of a deep stack is finite where f32 has no number for it', async () => {
    const all = parseArchitecture(
      '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|',
      16,
    );
    const batch = { inputs: gpu.randn([1, 3, 4, 4]), labels: gpu.tensor(Int32Array.of(1)) };
    const backbone = { cells: 17, reductions: 'residual' } as const;
    const net = new CellNetwork(gpu, all, { classes: 10, size: [4, 4], inputs: 3, affine: true, backbone });
    const small = await score(net, batch, { kind: 'synflow' });
    // Every path goes through the stem once.
    const stem = net.parameters().get('stem.0.weight');
    gpu.kernels.elementwise('old * 1e20', {}, { into: stem });
    expect((await score(net, batch, { kind: 'synflow' })) / small / 1e20).toBeCloseTo(1, 4);
    expect(small * 1e20).toBeGreaterThan(1e39);
  });

  test('refuses what it cannot score, and says what it takes', async () => {
    const net = new Linear(gpu, 3, 2);
    const batch = { inputs: gpu.randn([2, 3]), labels: gpu.tensor(Int32Array.of(0, 1)) };
    const wrong = await failure(() => score(net, batch, { kind: 'luck' as 'snip' }));
    expect(wrong).toMatchObject({ code: 'ARGUMENT', message: expect.stringContaining("'naswot'") });
    const none = { inputs: gpu.zeros([0, 3]), labels: gpu.tensor(new Int32Array(0)) };
    expect(await failure(() => score(net, none, { kind: 'snip' }))).toMatchObject({ code: 'SHAPE' });
  });
});
