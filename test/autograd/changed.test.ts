import { beforeAll, describe, expect, test } from 'vitest';
import { backward, GradientError, grad } from '../../src/autograd/backward';
import { gramLogDet } from '../../src/fisher/gram';
import { BatchNorm2d, Linear } from '../../src/nn/layers';
import { add, batchNorm2d, crossEntropy, matmul, mul, relu, sum } from '../../src/ops/table';
import { Adam } from '../../src/optim/adam';
import { SGD } from '../../src/optim/sgd';
import type { Gpu } from '../../src/tensor/gpu';
import { useGpu } from '../use-gpu';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const parameter = (values: number[]) => gpu.tensor(values, [values.length], { requiresGrad: true });

/** What backward is told of a tensor that it needs and that was changed. */
const refused = (work: () => unknown, op: string, by: string) => {
  expect(work).toThrow(GradientError);
  expect(work).toThrow(
    new RegExp(`^backward: ${op} needs f32\\[.*\\] as it was in the forward pass, but ${by}`),
  );
};

describe('a tensor that backward reads, changed since the forward pass', () => {
  test('by write() is refused', () => {
    const [w, x] = [parameter([1, 1]), gpu.tensor([2, 3], [2])];
    const loss = sum(mul(w, x));
    x.write([100, 100]);
    refused(() => backward(loss), 'mul', 'write\\(\\) has changed it');
    expect(w.grad).toBeNull();
  });

  test.each([
    ['SGD', (w: ReturnType<typeof parameter>) => new SGD(new Map([['w', w]]), { lr: 1 })],
    ['Adam', (w: ReturnType<typeof parameter>) => new Adam(new Map([['w', w]]))],
  ])('by a step of %s between the backward passes of two losses is refused', (name, optimiser) => {
    const w = parameter([5]);
    const [first, second] = [sum(mul(w, w)), sum(mul(w, w))];
    backward(first);
    optimiser(w).step();
    refused(() => backward(second), 'mul', `${name}\\.step\\(\\) has changed it`);
  });

  test('through a view of it, or by loading a state dict, is refused', () => {
    const x = gpu.tensor([1, 2, 3, 4], [4]);
    const w = gpu.ones([2, 2], { requiresGrad: true });
    const loss = sum(matmul(w, x.view([2, 2])));
    x.write([0, 0, 0, 0]);
    refused(() => backward(loss), 'matmul', 'write\\(\\)');
    const layer = new Linear(gpu, 2, 2);
    const h = relu(layer.forward(gpu.ones([1, 2], { requiresGrad: true })));
    layer.loadStateDict(new Map([...layer.stateDict()].map(([name, { shape }]) => [name, gpu.ones(shape)])));
    refused(() => backward(sum(h)), 'linear', 'loadStateDict\\(\\)');
  });

  test('is refused by grad(), by per-sample squares and by factors of them alike', async () => {
    const [w, x] = [parameter([1, 1]), gpu.tensor([2, 3], [2], { requiresGrad: true })];
    const loss = sum(mul(w, x));
    w.write([0, 0]);
    refused(() => grad(loss, [x]), 'mul', 'write\\(\\)');
    const net = new Linear(gpu, 3, 2);
    const inputs = gpu.ones([4, 3]);
    const labels = gpu.tensor(Int32Array.of(0, 1, 0, 1), [4]);
    const batches = function* () {
      for (let batch = 0; batch < 2; batch++) {
        inputs.write(new Float32Array(12).fill(batch));
        yield { inputs, labels };
      }
    };
    await expect(gramLogDet(net, batches(), { damping: 1 })).rejects.toThrow(
      'linear needs f32[4,3] as it was in the forward pass, but write() has changed it',
    );
  });

  test('running statistics that evaluation read, moved by training, are refused', () => {
    const layer = new BatchNorm2d(gpu, 2).eval();
    const x = gpu.randn([3, 2, 2, 2], { seed: 1, requiresGrad: true });
    const loss = sum(layer.forward(x));
    layer.train();
    layer.forward(gpu.randn([3, 2, 2, 2], { seed: 2 }));
    refused(() => backward(loss), 'batchNorm2d', 'batchNorm2d\\.statistics');
  });

  test('by the replay of a captured step is refused', () => {
    const w = parameter([1, 2]);
    const sgd = new SGD(new Map([['w', w]]), { lr: 0.1 });
    const step = gpu.capture(() => {
      const loss = sum(mul(w, w));
      backward(loss);
      sgd.step();
      sgd.zeroGrad();
      return loss;
    });
    for (let i = 0; i < 3; i++) step.replay();
    const loss = sum(mul(w, w));
    step.replay();
    refused(() => backward(loss), 'mul', 'the replay of a captured step has changed it');
    const result = step.replay();
    const scaled = sum(mul(parameter([1]), result));
    step.replay();
    refused(() => backward(scaled), 'mul', 'the replay of a captured step has changed it');
    step.dispose();
  });
});

describe('changes that backward does not notice', () => {
  test('are those of tensors that it does not read', async () => {
    const [w, x] = [parameter([1, 1]), gpu.tensor([2, 3], [2])];
    const loss = sum(add(w, x));
    x.write([100, 100]);
    w.write([7, 7]);
    backward(loss);
    expect([...((await w.grad?.data()) ?? [])]).toEqual([1, 1]);
  });

  test('leave the figures as they were: running statistics of a training pass', async () => {
    const mean = gpu.zeros([2]);
    const variance = gpu.ones([2]);
    const x = gpu.randn([4, 2, 3, 3], { seed: 3, requiresGrad: true });
    const gradient = async (between: () => void) => {
      const options = { runningMean: mean, runningVar: variance, training: true };
      const loss = sum(mul(batchNorm2d(x, options), gpu.randn(x.shape, { seed: 4 })));
      between();
      return [...(await grad(loss, [x])[0].data())];
    };
    const undisturbed = await gradient(() => undefined);
    expect(await gradient(() => mean.write([9, 9]))).toEqual(undisturbed);
  });

  test('a warm-up changes nothing', async () => {
    const w = parameter([2]);
    w.grad = gpu.tensor([10], [1]); // without one the step would skip w
    const sgd = new SGD(new Map([['w', w]]), { lr: 1 });
    const loss = sum(mul(w, w));
    await gpu.warmUp(() => {
      backward(sum(mul(w, w)));
      sgd.step();
    });
    backward(loss);
    expect([...((await w.grad?.data()) ?? [])]).toEqual([14]);
  });

  test('gradients of several batches add up, step after step', async () => {
    const w = parameter([1]);
    const sgd = new SGD(new Map([['w', w]]), { lr: 0.1 });
    for (let step = 0; step < 3; step++) {
      for (let batch = 0; batch < 2; batch++) backward(sum(mul(w, w)));
      sgd.step();
      sgd.zeroGrad();
    }
    // w ← w − 0.1 · 2 · 2w, three times.
    expect((await w.data())[0]).toBeCloseTo(0.6 ** 3, 6);
  });

  test('training goes on: a loss of one step may be read after the next', async () => {
    const layer = new Linear(gpu, 3, 2);
    const adam = new Adam(layer.parameters());
    const labels = gpu.tensor(Int32Array.of(0, 1), [2]);
    const losses = [];
    for (let step = 0; step < 2; step++) {
      const loss = crossEntropy(layer.forward(gpu.ones([2, 3])), labels);
      backward(loss);
      adam.step();
      adam.zeroGrad();
      losses.push(loss);
    }
    const [first, second] = await Promise.all(losses.map((loss) => loss.item()));
    expect(second).toBeLessThanOrEqual(first);
  });
});
