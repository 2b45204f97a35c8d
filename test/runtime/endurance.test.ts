import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, test } from 'vitest';
import { backward } from '../../src/autograd/backward';
import { openGpu } from '../../src/node';
import { linear, logSumExp, mean, relu, sub } from '../../src/ops/table';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { settledMemory } from '../settled-memory';

let gpu: Gpu;
afterEach(() => gpu.dispose());

/** A small network, trained by steepest descent to no purpose. */
function makeTraining(on: Gpu) {
  const parameters = [
    on.randn([16, 8], { seed: 1, requiresGrad: true }),
    on.zeros([16], { requiresGrad: true }),
    on.randn([4, 16], { seed: 2, requiresGrad: true }),
  ];
  const [w1, b1, w2] = parameters;
  const step = (i: number): Tensor =>
    on.scope(() => {
      const x = on.randn([5, 8], { seed: 3, stream: i });
      const scores = linear(relu(linear(x, w1, b1)), w2);
      const loss = mean(sub(logSumExp(scores, 1), mean(scores, 1)));
      backward(loss);
      for (const w of parameters) {
        if (!w.grad) throw new Error('a parameter has no gradient');
        on.kernels.elementwise('old - 0.01 * g', { g: w.grad }, { into: w });
        w.grad.dispose();
        w.grad = null;
      }
      return loss;
    });
  return { parameters, step };
}

/** Of a thousand steps. */
const HEAP_GROWTH_BYTES = 13 << 20;
setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes that are still reachable: garbage that waits for its collection says nothing of growth. */
function liveHeap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

test('a thousand steps leave memory() as it was, grow no heap, and read nothing back', async () => {
  gpu = await openGpu();
  const { step } = makeTraining(gpu);
  const run = async (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      step(i).dispose();
      if (i % 10 === 9) await gpu.pace();
    }
    await gpu.runtime.idle();
  };
  await run(0, 200);
  const before = await settledMemory(gpu);
  const { readbacks } = gpu.runtime.readback;
  const heapBefore = liveHeap();
  await run(200, 1200);
  expect(gpu.memory()).toEqual(before);
  expect(liveHeap() - heapBefore).toBeLessThan(HEAP_GROWTH_BYTES);
  expect(gpu.runtime.readback.readbacks).toBe(readbacks);
}, 120_000);

test('the same seed gives the same bits on two devices, one opened after the other', async () => {
  const train = async () => {
    gpu = await openGpu();
    const { parameters, step } = makeTraining(gpu);
    const losses: number[] = [];
    for (let i = 0; i < 20; i++) losses.push(await step(i).item());
    const weights = await Promise.all(parameters.map((parameter) => parameter.data()));
    gpu.dispose();
    return { losses, weights };
  };
  const first = await train();
  const second = await train();
  expect(second).toEqual(first);
  expect(new Set(first.losses).size).toBe(20);
});

test('thousands of tensors made, read by nothing and freed, use few buffers', async () => {
  gpu = await openGpu();
  for (let i = 0; i < 3000; i++) gpu.tensor([i], [1]).dispose();
  expect(gpu.memory().buffers).toBeLessThanOrEqual(2);
});

test('time() measures the GPU and gives the result back', async () => {
  gpu = await openGpu();
  const x = gpu.ones([1 << 20]);
  await gpu.runtime.idle();
  const busy = await gpu.time(async () => {
    for (let i = 0; i < 30; i++) gpu.kernels.elementwise('sin(old)', {}, { into: x });
    return 'done';
  });
  const idle = await gpu.time(async () => undefined);
  expect(busy.result).toBe('done');
  expect(busy.seconds).toBeGreaterThan(idle.seconds);
  expect(busy.seconds).toBeLessThan(30);
});
