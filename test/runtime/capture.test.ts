import { describe, expect, test } from 'vitest';
import { BATCH } from '../../runtime/recorder';
import { backward } from '../../src/autograd/backward';
import { Linear, ReLU, Sequential } from '../../src/nn/layers';
import { mul } from '../../src/ops/arithmetic';
import { dropout } from '../../src/ops/dropout';
import { mean, sum } from '../../src/ops/reduction';
import { Adam } from '../../src/optim/adam';
import type { Tensor } from '../../src/tensor/tensor';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';
import { double, learner, listed, plusOne, recorded } from './steps';

const held = useGpu();

describe('a captured step', () => {
  test('runs its JavaScript twice, and does its work at every call', async () => {
    const { gpu } = held;
    const x = gpu.zeros([5]);
    let calls = 0;
    using step = gpu.capture(() => {
      calls += 1;
      plusOne(x);
    });
    const seen: boolean[] = [];
    for (let i = 0; i < 7; i++) {
      step.replay();
      seen.push(step.isCaptured);
    }
    expect(await listed(x)).toEqual([7, 7, 7, 7, 7]);
    expect(calls).toBe(2);
    expect(seen).toEqual([false, true, true, true, true, true, true]);
  });

  test('sees what was written to tensors from outside', async () => {
    const { gpu } = held;
    const x = gpu.tensor([1, 2], [2]);
    using step = gpu.capture(() => double(x));
    const results: number[][] = [];
    for (let i = 0; i < 5; i++) {
      x.write([i, 10 * i]);
      using y = step.replay();
      results.push(await listed(y));
    }
    expect(results).toEqual([0, 1, 2, 3, 4].map((i) => [2 * i, 20 * i]));
  });

  test('takes inputs, which are copied, and returns tensors in arrays and objects', async () => {
    const { gpu } = held;
    using step = gpu.capture((x: Tensor, y: Tensor) => ({
      sum: gpu.kernels.elementwise('x + y', { x, y }),
      both: [double(x), double(y)] as const,
    }));
    for (let i = 0; i < 4; i++) {
      const [x, y] = [gpu.tensor([i], [1]), gpu.tensor([100], [1])];
      const { sum, both } = step.replay(x, y);
      for (const input of [x, y]) input.dispose();
      expect(await Promise.all([sum, ...both].map((result) => result.item()))).toEqual([100 + i, 2 * i, 200]);
    }
  });

  test('is not disturbed by what is made between its replays, nor disturbs it', async () => {
    const { gpu } = held;
    const x = gpu.tensor([1], [1]);
    const others: Tensor[] = [];
    using step = gpu.capture(() => double(double(double(x))));
    for (let i = 0; i < 6; i++) {
      using y = step.replay();
      others.push(...[1, 2, 3, 4].map((k) => gpu.full([1], 10 * i + k)));
      expect(await y.item()).toBe(8);
    }
    const values = await Promise.all(others.map((other) => other.item()));
    expect(values).toEqual([0, 1, 2, 3, 4, 5].flatMap((i) => [1, 2, 3, 4].map((k) => 10 * i + k)));
  });

  test('of more dispatches than a batch holds is submitted in as many batches as without a capture', async () => {
    const { gpu } = held;
    const { recorder } = gpu.runtime;
    const x = gpu.zeros([3]);
    using step = gpu.capture(() => {
      for (let i = 0; i < 2.5 * BATCH; i++) plusOne(x);
    });
    const submits: number[] = [];
    for (let i = 0; i < 4; i++) {
      await gpu.runtime.idle();
      const before = recorder.submits;
      step.replay();
      await gpu.pace();
      submits.push(recorder.submits - before);
    }
    expect(submits).toEqual([3, 3, 3, 3]);
    expect(await listed(x)).toEqual([1280, 1280, 1280]);
  });

  test('a rehearsal by warmUp does not count as a call', async () => {
    const { gpu } = held;
    const x = gpu.zeros([1]);
    using step = gpu.capture(() => plusOne(x) && undefined);
    await gpu.warmUp(() => step.replay());
    for (let i = 0; i < 3; i++) step.replay();
    await gpu.warmUp(() => step.replay());
    expect(await x.item()).toBe(3);
  });
});

describe('numbers that vary', () => {
  /** Sums of ten steps, made one after another without a wait, of which the GPU is told in one batch. */
  async function sums(step: () => Tensor): Promise<number[]> {
    const made: Tensor[] = [];
    for (let i = 0; i < 10; i++) {
      using y = step();
      made.push(sum(y));
    }
    return Promise.all(made.map((value) => value.item()));
  }

  test('are computed anew at every replay, also of replays within one batch', async () => {
    const { gpu } = held;
    const ones = gpu.ones([100]);
    let count = 0;
    const work = () => dropout(ones, { p: 0.5, seed: 3, offset: gpu.varying(() => count++) });
    const expected = await sums(work);
    count = 0;
    using step = gpu.capture(work);
    expect(await sums(() => step.replay())).toEqual(expected);
    expect(new Set(expected).size).toBeGreaterThan(5);
    expect(count).toBe(10);
  });

  test('draws without a seed go on as without a capture, from the seed they are given', async () => {
    const { gpu } = held;
    const work = () => gpu.randn([50]);
    gpu.manualSeed(7);
    const expected = await sums(work);
    gpu.manualSeed(7);
    using step = gpu.capture(work);
    expect(await sums(() => step.replay())).toEqual(expected);
    expect(new Set(expected).size).toBe(10);
  });

  test('an optimiser follows its rate and counts its steps, as the state it saves shows', async () => {
    const { gpu } = held;
    const train = async (captured: boolean) => {
      const { w, adam, step } = learner(gpu, () => adam.zeroGrad());
      using capture = gpu.capture(step);
      for (let i = 0; i < 12; i++) {
        adam.lr = 0.1 / (i + 1);
        if (captured) capture.replay();
        else gpu.scope(step);
      }
      return { steps: adam.state().steps, w: await listed(w) };
    };
    const eager = await train(false);
    expect(await train(true)).toEqual(eager);
    expect(eager.steps).toBe(12);
    expect(eager.w).not.toEqual([1, -2, 3]);
  });
});

describe('memory', () => {
  test('of a captured step is given back by dispose(), its results included', async () => {
    const { gpu } = held;
    const x = gpu.ones([1000]);
    const before = await settledMemory(gpu);
    const step = gpu.capture((y: Tensor) => double(gpu.kernels.elementwise('x + y', { x, y })));
    using y = gpu.ones([1000]);
    for (let i = 0; i < 3; i++) step.replay(y).dispose();
    const { tensors, bytesInUse } = gpu.memory();
    expect(tensors).toBe(before.tensors + 3); // y, its copy, and the result
    expect(bytesInUse).toBe(before.bytesInUse + 4 * 4096);
    step.dispose();
    y.dispose();
    expect(gpu.memory()).toMatchObject({ tensors: before.tensors, bytesInUse: before.bytesInUse });
  });

  test('does not grow in 3,000 replays', async () => {
    const { gpu } = held;
    const { adam, step } = learner(gpu, () => adam.zeroGrad());
    using captured = gpu.capture(step);
    for (let i = 0; i < 3; i++) captured.replay();
    const early = await settledMemory(gpu);
    for (let i = 0; i < 3000; i++) {
      captured.replay();
      await gpu.pace();
    }
    expect(await settledMemory(gpu)).toEqual(early);
    expect(adam.state().steps).toBe(3003);
  });

  test('that a step needs during a replay only serves other work aside, which does not disturb it', async () => {
    const { gpu } = held;
    const x = gpu.tensor([1], [1]);
    const seen = gpu.zeros([1]);
    using step = gpu.capture(() => double(double(x)));
    for (let i = 0; i < 2; i++) step.replay().dispose();
    const { buffers } = gpu.memory();
    for (let i = 0; i < 5; i++) {
      step.aside(() => {
        const y = gpu.tensor([i], [1]);
        gpu.kernels.elementwise('old + y', { y: double(y) }, { into: seen });
      });
      using y = step.replay();
      expect(await y.item()).toBe(4);
    }
    expect(await seen.item()).toBe(20);
    expect(gpu.memory().buffers).toBeLessThanOrEqual(buffers + 1);
  });
});

test('gradients that other work aside leaves behind stay what they are', async () => {
  const { gpu } = held;
  const w = gpu.tensor([1, -2, 3], [3], { requiresGrad: true });
  const x = gpu.full([3], 5);
  using step = gpu.capture(() => sum(double(double(x))));
  for (let i = 0; i < 2; i++) step.replay().dispose();
  step.aside(() => backward(sum(mul(w, w))));
  expect(step.isCaptured).toBe(false);
  for (let i = 0; i < 2; i++) {
    using y = step.replay();
    expect(await y.item()).toBe(60);
  }
  expect(step.isCaptured).toBe(true);
  expect(w.grad && (await listed(w.grad))).toEqual([2, -4, 6]);
});

test('a profile of replays tells of the same kernels, ops, layers, phases and shapes as one of plain steps', async () => {
  const { gpu } = held;
  const net = new Sequential(new Linear(gpu, 4, 8), new ReLU(), new Linear(gpu, 8, 2));
  const adam = new Adam(net.parameters());
  const x = gpu.ones([3, 4]);
  const work = () => {
    backward(mean(net.forward(x)));
    adam.step();
    adam.zeroGrad();
  };
  const profiled = async (step: () => void) => {
    const { kernels, gpu: spans } = await gpu.profile(() => {
      for (let i = 0; i < 3; i++) step();
    });
    const rows = kernels.map(({ kernel, op, layer, phase, shape, calls, bytes, flops }) =>
      JSON.stringify({ kernel, op, layer, phase, shape, calls, bytes, flops }),
    );
    return { rows: rows.sort(), spans: spans.length };
  };
  const eager = await profiled(() => gpu.scope(work));
  using step = recorded(held.gpu, work);
  expect(await profiled(() => step.replay())).toEqual(eager);
  expect(eager.rows.join()).toContain('"layer":"2","phase":"backward"');
  expect(eager.rows.length).toBeGreaterThan(8);
});
