import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeHost } from '../../runtime/host.node';
import { backward } from '../../src/autograd/backward';
import { BatchNorm2d, Conv2d, Flatten, Linear, Sequential } from '../../src/nn/layers';
import { openGpu } from '../../src/node';
import { openOn } from '../../src/open';
import { crossEntropy } from '../../src/ops/cross-entropy';
import { multiply } from '../../src/ops/matmul/product';
import type { Gpu } from '../../src/tensor/gpu';
import type { Choices } from '../../src/tensor/variants';
import { settledMemory } from '../settled-memory';

describe('gpu.tune', () => {
  let gpu: Gpu;
  beforeAll(async () => {
    gpu = await openGpu();
  });
  afterAll(() => gpu.dispose());

  test('takes the kernel that was fastest, and the result stays the same', async () => {
    const a = gpu.randn([48, 64], { seed: 1 });
    const b = gpu.randn([64, 32], { seed: 2 });
    const before = await multiply(a, b).data();
    const choices = await gpu.tune(() => multiply(a, b).dispose());
    expect(Object.keys(choices)).toEqual(['matmul 64×32×64×1×0×0']);
    expect(gpu.variants.choices).toEqual(choices);
    const after = await multiply(a, b).data();
    for (const [i, value] of after.entries()) expect(value).toBeCloseTo(before[i], 3);
    const { kernels } = await gpu.profile(() => multiply(a, b).dispose());
    expect(kernels[0].kernel).toMatch(`matmul.${Object.values(choices)[0]}`);
  });

  test('with work that takes a way a hundred times as long does not take it', async () => {
    const x = gpu.zeros([1 << 16]);
    const times = (count: number) => () => {
      for (let i = 0; i < count; i++) gpu.kernels.elementwise('old + 1.0', {}, { into: x });
      return true;
    };
    const choices = await gpu.tune(() => {
      gpu.variants.pick('made up', [5], [], () => [
        ['slow', times(100)],
        ['fast', times(1)],
      ]);
    });
    expect(choices).toEqual({ 'made up 8': 'fast' });
  });
});

describe('gpu.warmUp', () => {
  const SIZES = 'matmul 64×32×64×1×0×0';
  /** A GPU that measures, what it kept each time, and a product to warm up. */
  async function opened() {
    const kept: Choices[] = [];
    const gpu = await openOn(nodeHost, async () => ({ keep: async (choices) => void kept.push(choices) }))();
    const [a, b] = [gpu.randn([48, 64], { seed: 1 }), gpu.randn([64, 32], { seed: 2 })];
    return { gpu, kept, a, b };
  }

  test('measures what it is the first to meet, and nothing twice', async () => {
    const { gpu, kept, a, b } = await opened();
    using _ = gpu;
    const before = await multiply(a, b).data();
    const { tensors } = await settledMemory(gpu);
    await gpu.warmUp(() => multiply(a, b));
    expect(kept).toHaveLength(1);
    expect(Object.keys(kept[0])).toEqual([SIZES]);
    expect(gpu.variants.choices).toEqual(kept[0]);
    expect(gpu.memory().tensors).toBe(tensors);
    const after = await multiply(a, b).data();
    for (const [i, value] of after.entries()) expect(value).toBeCloseTo(before[i], 3);

    await gpu.warmUp(() => multiply(a, b));
    expect(kept).toHaveLength(1);
    await gpu.warmUp(() => multiply(b, a, { transposeA: true, transposeB: true }));
    expect(kept).toHaveLength(2);
    expect(Object.keys(kept[1])).toHaveLength(2);
  });

  test('computes nothing of the work itself, and draws no number', async () => {
    const { gpu } = await opened();
    using _ = gpu;
    const net = new Sequential(
      new Conv2d(gpu, 4, 8, 3, { padding: 1 }),
      new BatchNorm2d(gpu, 8),
      new Conv2d(gpu, 8, 8, 1, { bias: false }),
      new Flatten(),
      new Linear(gpu, 8 * 6 * 8, 3),
    );
    const state = async () =>
      Promise.all([...net.stateDict().values()].map(async (tensor) => [...(await tensor.data())]));
    const before = await state();
    const [x, labels] = [gpu.randn([5, 4, 6, 8], { seed: 3 }), gpu.tensor(Int32Array.of(0, 1, 2, 0, 1), [5])];
    await gpu.warmUp(() => backward(crossEntropy(net.forward(x), labels)));
    expect(await state()).toEqual(before);
    expect([...net.parameters().values()].every(({ grad }) => grad === null)).toBe(true);
    const ops = new Set(Object.keys(gpu.variants.choices).map((key) => key.replace(/ [\d×]+$/, '')));
    expect(ops).toEqual(
      new Set([
        ...['batchNorm2d gradients', 'batchNorm2d statistics', 'matmul'],
        ...['conv2d', 'conv2d input gradient', 'conv2d weight gradient'],
      ]),
    );
    const drawn = await gpu.rand([3]).data();
    const plain = await openGpu();
    using __ = plain;
    new Sequential(new Conv2d(plain, 4, 8, 3), new Conv2d(plain, 8, 8, 1, { bias: false }));
    new Linear(plain, 8 * 6 * 8, 3);
    expect(drawn).toEqual(await plain.rand([3]).data());
  });

  test('while a profile is taken leaves it for the next time', async () => {
    const { gpu, kept, a, b } = await opened();
    using _ = gpu;
    await gpu.profile(() => gpu.warmUp(() => multiply(a, b)));
    expect(kept).toEqual([]);
    await gpu.warmUp(() => multiply(a, b));
    expect(kept).toHaveLength(1);
  });
});
