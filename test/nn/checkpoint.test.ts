import { describe, expect, it } from 'vitest';
import { backward, GradientError } from '../../src/autograd/backward';
import { diagonal } from '../../src/fisher/diagonal';
import { Sigmoid } from '../../src/nn/activations';
import { BatchNorm2d, Conv2d, Dropout, Flatten, Linear, ReLU, Sequential } from '../../src/nn/layers';
import { checkpoint, Module } from '../../src/nn/module';
import { openGpu } from '../../src/node';
import { mul } from '../../src/ops/arithmetic';
import { crossEntropy } from '../../src/ops/cross-entropy';
import { sum } from '../../src/ops/reduction';
import { SGD } from '../../src/optim/sgd';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { useGpu } from '../use-gpu';

const held = useGpu();
const gpu = () => held.gpu;

/** Two stages, the first with all that a second run could do otherwise. */
function build(on: Gpu): Sequential {
  on.manualSeed(5);
  const stage = new Sequential(
    new Conv2d(on, 1, 4, 3, { padding: 1 }),
    new BatchNorm2d(on, 4),
    new ReLU(),
    new Dropout(0.5, 3),
  );
  return new Sequential(stage, new Flatten(), new Linear(on, 64, 3));
}

const stageOf = (net: Module): Module => [...net.modules()][1];

/** Everything that two training steps leave behind. */
async function trained(net: Sequential): Promise<number[][]> {
  const on = gpu();
  const x = on.rand([5, 1, 4, 4], { seed: 1, requiresGrad: true });
  const labels = on.tensor(Int32Array.of(0, 1, 2, 0, 1));
  const sgd = new SGD(net.parameters(), { lr: 0.1 });
  const results: number[][] = [];
  for (let step = 0; step < 2; step++) {
    const loss = on.scope(() => {
      const loss = crossEntropy(net.forward(x), labels);
      backward(loss);
      return loss;
    });
    results.push([await loss.item()]);
    for (const { grad } of [x, ...net.parameters().values()]) results.push([...((await grad?.data()) ?? [])]);
    sgd.step();
    sgd.zeroGrad();
    x.grad = null;
  }
  for (const tensor of net.stateDict().values()) results.push([...(await tensor.data())]);
  return results;
}

describe('checkpoint', () => {
  it('gives the same loss, gradients, weights and running statistics to the bit, also with batch norm and dropout', async () => {
    const plain = await trained(build(gpu()));
    const net = build(gpu());
    checkpoint(stageOf(net));
    expect(await trained(net)).toEqual(plain);
    expect(plain[1].some((value) => value !== 0)).toBe(true);
  });

  it('works within another one', async () => {
    const plain = await trained(build(gpu()));
    const net = build(gpu());
    const stage = stageOf(net);
    for (const module of [net, stage]) checkpoint(module);
    for (const layer of stage.modules()) checkpoint(layer);
    expect(await trained(net)).toEqual(plain);
  });

  it('keeps the names of parameters, and gives back the module', () => {
    const net = build(gpu());
    const names = [...net.stateDict().keys()];
    expect(checkpoint(stageOf(net))).toBe(stageOf(net));
    expect([...net.stateDict().keys()]).toEqual(names);
  });

  it('draws once where a forward pass calls gpu.rand', async () => {
    class Noisy extends Module {
      forward(x: Tensor): Tensor {
        return mul(x, x.gpu.rand(x.shape));
      }
    }
    const grads: number[][] = [];
    for (const module of [new Noisy(), checkpoint(new Noisy())]) {
      gpu().manualSeed(9);
      const x = gpu().ones([8], { requiresGrad: true });
      backward(sum(module.forward(x)));
      grads.push([...((await x.grad?.data()) ?? [])]);
      grads.push([...(await gpu().rand([2]).data())]);
    }
    expect(grads.slice(2)).toEqual(grads.slice(0, 2));
    expect(new Set(grads[0]).size).toBe(8);
  });

  it('hands gradients to what a forward pass takes from outside', async () => {
    const weight = gpu().tensor([2, 3], { requiresGrad: true });
    const squares = mul(weight, weight);
    class Closing extends Module {
      forward(x: Tensor): Tensor {
        return mul(x, squares);
      }
    }
    const x = gpu().tensor([10, 100]);
    backward(sum(checkpoint(new Closing()).forward(x)));
    expect([...((await weight.grad?.data()) ?? [])]).toEqual([40, 600]);
  });

  it('refuses to compute again from a weight that has changed', () => {
    const layer = checkpoint(new Linear(gpu(), 2, 2));
    const loss = sum(layer.forward(gpu().ones([1, 2])));
    layer.weight.write(Float32Array.of(1, 2, 3, 4));
    expect(() => backward(loss)).toThrow(GradientError);
  });

  it('is captured as it is computed', async () => {
    const losses: number[][] = [];
    for (const mark of [(net: Module) => net, (net: Module) => checkpoint(stageOf(net))]) {
      const net = build(gpu());
      mark(net);
      const [x, labels] = [gpu().rand([5, 1, 4, 4], { seed: 1 }), gpu().tensor(Int32Array.of(0, 1, 2, 0, 1))];
      const sgd = new SGD(net.parameters(), { lr: 0.1 });
      const step = gpu().capture(() => {
        const loss = gpu().scope(() => {
          const loss = crossEntropy(net.forward(x), labels);
          backward(loss);
          return loss;
        });
        sgd.step();
        sgd.zeroGrad();
        return loss;
      });
      const found: number[] = [];
      for (let i = 0; i < 5; i++) found.push(await step.replay().item());
      losses.push(found);
      step.dispose();
    }
    expect(losses[1]).toEqual(losses[0]);
    expect(new Set(losses[0]).size).toBe(5);
  });

  it('leaves a Fisher as it is', async () => {
    const batch = () => [
      { inputs: gpu().rand([5, 1, 4, 4], { seed: 1 }), labels: gpu().tensor(Int32Array.of(0, 1, 2, 0, 1)) },
    ];
    const plain = build(gpu());
    const net = build(gpu());
    checkpoint(stageOf(net));
    const [expected, found] = [await diagonal(plain, batch()), await diagonal(net, batch())];
    for (const [name, tensor] of expected) expect(await found.get(name)?.data()).toEqual(await tensor.data());
  });

  it('takes less memory for a step of many layers', async () => {
    const peak = async (mark: (stage: Module) => void) => {
      const own = await openGpu({ adapter: gpu().adapter.kind });
      try {
        const stage = () =>
          new Sequential(...Array.from({ length: 4 }, () => [new Linear(own, 16, 16), new Sigmoid()]).flat());
        const net = new Sequential(stage(), stage(), stage(), stage());
        for (const one of [...net.modules()]) if (one !== net && one instanceof Sequential) mark(one);
        const x = own.ones([4096, 16]);
        own.scope(() => backward(sum(net.forward(x))));
        await own.pace();
        return own.memory().peakBytes;
      } finally {
        own.dispose();
      }
    };
    // Saved are the inputs of four stages, and the layers of one at a time.
    expect(await peak(checkpoint)).toBeLessThan(0.6 * (await peak(() => undefined)));
  });
});
