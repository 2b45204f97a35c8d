import { describe, expect, test } from 'vitest';
import { CaptureError, GpuLostError } from '../../runtime/errors';
import { openGpu } from '../../src/node';
import { dropout } from '../../src/ops/dropout';
import type { Tensor } from '../../src/tensor/tensor';
import { useGpu } from '../use-gpu';
import { double, learner, plusOne, recorded } from './steps';

const held = useGpu();

describe('what cannot be replayed is refused', () => {
  const cases: [string, (x: Tensor) => void, RegExp][] = [
    ['a readback', (x) => void x.data(), /results are read inside it .*read it after replay\(\)/],
    [
      'new data',
      ({ gpu }) => void gpu.tensor([1], [1]),
      /data is copied to the GPU inside it.*write\(\) to it/,
    ],
    ['a write', (x) => x.write([3]), /data is copied to the GPU inside it/],
    [
      'freeing what it uses',
      (x) => plusOne(x).dispose(),
      /kernel elementwise\(old \+ 1\.0\) works on was freed/,
    ],
  ];

  test.each(cases)('%s inside it, after the step was made', async (_, work, message) => {
    const { gpu } = held;
    const count = gpu.zeros([1]);
    const given = [gpu.zeros([1]), gpu.zeros([1])];
    using step = gpu.capture(() => {
      const x = given.pop();
      if (x) work(x);
      plusOne(count);
    });
    step.replay();
    expect(() => step.replay()).toThrow(CaptureError);
    given.push(gpu.zeros([1]));
    expect(() => step.replay()).toThrow(message);
    expect(await count.item()).toBe(3);
  });

  test.each(cases)('%s inside a lenient one has it run as it is each time', async (_, work) => {
    const { gpu } = held;
    const count = gpu.zeros([1]);
    const given = Array.from({ length: 5 }, () => gpu.zeros([1]));
    using step = gpu.capture(
      () => {
        const x = given.pop();
        if (x) work(x);
        plusOne(count);
      },
      { lenient: true },
    );
    for (let i = 0; i < 5; i++) step.replay();
    expect(given).toHaveLength(0);
    expect(step.isCaptured).toBe(false);
    expect(await count.item()).toBe(5);
  });

  test('gradients that add up from step to step', () => {
    const { step } = learner(held.gpu, () => undefined);
    using captured = held.gpu.capture(step);
    captured.replay();
    expect(() => captured.replay()).toThrow(
      /tensor from outside that kernel elementwise\(a \+ b.*\).* was freed/,
    );
  });

  test('gradients that it leaves behind and that are freed elsewhere', () => {
    const { step, adam } = learner(held.gpu, () => undefined);
    using captured = held.gpu.capture(step);
    for (let i = 0; i < 2; i++) {
      captured.replay();
      adam.zeroGrad();
    }
    expect(() => captured.replay()).toThrow(
      /free gradients inside it \(optimizer\.zeroGrad\(\)\), and only there/,
    );
  });

  test('a tensor from outside that was freed since, whoever has its memory now', async () => {
    const { gpu } = held;
    const [x, y] = [gpu.ones([7]), gpu.zeros([1])];
    using step = recorded(gpu, () => {
      plusOne(x);
      plusOne(y);
    });
    x.dispose();
    const next = gpu.full([7], 5);
    expect(() => step.replay()).toThrow(/was freed; a replay needs it/);
    expect(await next.data()).toEqual(new Float32Array(7).fill(5));
    expect(await y.item()).toBe(2);
  });

  test('an input of another shape or type, or one that requires a gradient', () => {
    const { gpu } = held;
    using step = gpu.capture((x: Tensor) => double(x));
    for (let i = 0; i < 3; i++) step.replay(gpu.ones([2, 3]));
    expect(() => step.replay(gpu.ones([3, 2]))).toThrow(
      'input 0 is f32[3,2], but it was captured with f32[2,3]',
    );
    expect(() => step.replay(gpu.ones([2, 3], { dtype: 'i32' }))).toThrow('input 0 is i32[2,3], but');
    using other = gpu.capture((x: Tensor) => double(x));
    other.replay(gpu.ones([1]));
    expect(() => other.replay(gpu.ones([1], { requiresGrad: true }))).toThrow('input 0 has requiresGrad');
  });

  test('a number of gpu.varying() that was made outside', () => {
    const { gpu } = held;
    const ones = gpu.ones([4]);
    const offset = gpu.varying(() => 1);
    using step = gpu.capture(() => dropout(ones, { seed: 3, offset }));
    step.replay();
    expect(() => step.replay()).toThrow(
      /kernel dropout reads a number of gpu.varying\(\) that was made outside/,
    );
  });

  test('one inside another', () => {
    const { gpu } = held;
    const x = gpu.zeros([1]);
    const inner = recorded(gpu, () => void plusOne(x));
    using replays = gpu.capture(() => inner.replay());
    replays.replay();
    expect(() => replays.replay()).toThrow(/another one is replayed inside it/);
    using captures = gpu.capture(() => recorded(gpu, () => void plusOne(x)).dispose());
    captures.replay();
    expect(() => captures.replay()).toThrow(/another one is captured inside it/);
    inner.dispose();
  });

  test('any use after dispose(), also when it is recorded already', () => {
    const step = recorded(held.gpu, () => double(held.gpu.ones([1])));
    step.dispose();
    step.dispose();
    expect(() => step.replay()).toThrow(/disposed of; capture it again/);
  });

  test('a lost device', async () => {
    const gpu = await openGpu();
    const x = gpu.zeros([1]);
    const step = gpu.capture(() => void plusOne(x));
    for (let i = 0; i < 3; i++) step.replay();
    expect(await x.item()).toBe(3);
    gpu.runtime.device.destroy();
    await expect(gpu.runtime.idle()).rejects.toThrow(GpuLostError);
    expect(() => step.replay()).toThrow(GpuLostError);
    step.dispose();
    gpu.dispose();
  });
});
