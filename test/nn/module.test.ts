import { describe, expect, test } from 'vitest';
import { backward } from '../../src/autograd/backward';
import { BatchNorm2d, Conv2d, Dropout, Flatten, Linear, ReLU, Sequential } from '../../src/nn/layers';
import { Module, StateDictError, type StateEntry } from '../../src/nn/module';
import { add, mul } from '../../src/ops/arithmetic';
import { sum } from '../../src/ops/reduction';
import { slice } from '../../src/ops/reshape';
import { SGD } from '../../src/optim/sgd';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { useGpu } from '../use-gpu';
import { normal, onGpu, readState } from './refs';

const held = useGpu();

class Net extends Module {
  readonly encoder: Sequential;
  readonly classifier: Linear;

  constructor(gpu: Gpu) {
    super();
    const conv = new Conv2d(gpu, 1, 2, 3, { padding: 1 });
    this.encoder = new Sequential(conv, new BatchNorm2d(gpu, 2), new ReLU(), new Flatten(), new Dropout());
    this.classifier = new Linear(gpu, 32, 3);
  }

  forward(x: Tensor): Tensor {
    return this.classifier.forward(this.encoder.forward(x));
  }
}

const PARAMETERS = [
  'encoder.0.weight',
  'encoder.0.bias',
  'encoder.1.weight',
  'encoder.1.bias',
  'classifier.weight',
  'classifier.bias',
];
const BUFFERS = ['encoder.1.running_mean', 'encoder.1.running_var'];

async function copyOf(net: Module): Promise<Map<string, StateEntry>> {
  return new Map(Object.entries(await readState(net)));
}

describe('names', () => {
  test("are PyTorch's, in a Sequential and through nested modules", () => {
    const { gpu } = held;
    const flat = new Sequential(new Conv2d(gpu, 1, 1, 1), new ReLU(), new Linear(gpu, 1, 1));
    expect([...flat.parameters().keys()]).toEqual(['0.weight', '0.bias', '2.weight', '2.bias']);
    expect([...new Net(gpu).parameters().keys()]).toEqual(PARAMETERS);
  });

  test('a state dict holds the parameters, the running statistics and nothing else', () => {
    const names = [...new Net(held.gpu).stateDict().keys()];
    expect(names.sort()).toEqual([...PARAMETERS, ...BUFFERS].sort());
  });

  test('a module used in two places is one parameter, in the state by both names as in PyTorch', () => {
    const shared = new Linear(held.gpu, 2, 2);
    const net = new Sequential(shared, shared);
    expect([...net.parameters().keys()]).toEqual(['0.weight', '0.bias']);
    expect(net.parameterCount()).toBe(6);
    expect([...net.stateDict().keys()]).toEqual(['0.weight', '0.bias', '1.weight', '1.bias']);
  });

  test('parameterCount counts trainable values only', () => {
    expect(new Net(held.gpu).parameterCount()).toBe(18 + 2 + 4 + 96 + 3);
  });
});

describe('loadStateDict', () => {
  test('a round trip through plain data gives the same outputs', async () => {
    const [from, to] = [new Net(held.gpu), new Net(held.gpu)];
    const x = onGpu(held.gpu, normal([2, 1, 4, 4]));
    from.forward(x); // moves the running statistics
    to.loadStateDict(await copyOf(from));
    expect(await readState(to)).toEqual(await readState(from));
    const results = [from, to].map((net) => net.eval().forward(x));
    expect(await results[1].data()).toEqual(await results[0].data());
  });

  test("takes another network's tensors, and copies them", async () => {
    const [from, to] = [new Net(held.gpu), new Net(held.gpu)];
    const before = await readState(from);
    to.loadStateDict(from.stateDict());
    from.dispose();
    expect(await readState(to)).toEqual(before);
  });

  test("a network's own state dict loads into it and changes nothing", async () => {
    const net = new Net(held.gpu);
    const before = await readState(net);
    net.loadStateDict(net.stateDict());
    expect(await readState(net)).toEqual(before);
  });

  test('names every missing, extra and misshaped entry in one message, and loads nothing', async () => {
    const [from, to] = [new Net(held.gpu), new Net(held.gpu)];
    const before = await readState(to);
    const state = await copyOf(from);
    state.delete('encoder.1.running_var');
    state.set('head.weight', { shape: [1], data: [0] });
    state.set('classifier.weight', { shape: [3, 31], data: new Float32Array(93) });
    const load = () => to.loadStateDict(state);
    expect(load).toThrow(StateDictError);
    expect(load).toThrow(
      /encoder\.1\.running_var is missing.*head\.weight is not in this network.*classifier\.weight is \[3,31\], expected \[3,32\]/,
    );
    expect(await readState(to)).toEqual(before);
  });

  test.each([
    ['too few values', () => ({ shape: [3], data: [1, 2] }), 'holds 2 values, expected 3'],
    ['whole numbers', () => held.gpu.tensor(Int32Array.of(1, 2, 3), [3]), 'is of i32, expected f32'],
    [
      'a freed tensor',
      () => {
        const freed = held.gpu.zeros([3]);
        freed.dispose();
        return freed;
      },
      'was freed',
    ],
  ])('%s are refused, and nothing is loaded', async (_, entry, message) => {
    const [from, to] = [new Net(held.gpu), new Net(held.gpu)];
    const before = await readState(to);
    const state = await copyOf(from);
    state.set('classifier.bias', entry());
    expect(() => to.loadStateDict(state)).toThrow(`classifier.bias ${message}`);
    expect(await readState(to)).toEqual(before);
  });
});

describe('modes', () => {
  test('train and eval reach nested modules', () => {
    const net = new Net(held.gpu);
    const modes = () => new Set([...net.modules()].map(({ training }) => training));
    expect([...net.modules()]).toHaveLength(8);
    expect(modes()).toEqual(new Set([true]));
    expect(net.eval()).toBe(net);
    expect(modes()).toEqual(new Set([false]));
    net.train();
    expect(modes()).toEqual(new Set([true]));
  });
});

test('dispose frees the parameters, their gradients and the buffers', () => {
  const { gpu } = held;
  const before = gpu.memory();
  const net = new Net(gpu);
  gpu.scope(() => backward(sum(net.forward(gpu.ones([2, 1, 4, 4])))));
  expect(gpu.memory().tensors).toBe(before.tensors + PARAMETERS.length * 2 + BUFFERS.length);
  net.dispose();
  expect(gpu.memory().tensors).toBe(before.tensors);
  expect(gpu.memory().bytesInUse).toBe(before.bytesInUse);
  net.dispose();
});

describe('a module of several tensors', () => {
  /** Σ of two linear layers' results, the second one's `scale` times. */
  class Two extends Module {
    readonly left: Linear;
    readonly right: Linear;

    constructor(gpu: Gpu) {
      super();
      this.left = new Linear(gpu, 2, 1, { bias: false });
      this.right = new Linear(gpu, 3, 1, { bias: false });
    }

    forward(a: Tensor, b: Tensor, { scale = 1 } = {}): Tensor {
      return add(this.left.forward(a), mul(this.right.forward(b), scale));
    }
  }

  test('lists what it learns, and each input has its gradient', async () => {
    const { gpu } = held;
    const net = new Two(gpu);
    const a = gpu.tensor([1, 2], [1, 2], { requiresGrad: true });
    const b = gpu.tensor([3, 4, 5], [1, 3], { requiresGrad: true });
    backward(sum(net.forward(a, b, { scale: 2 })));
    const parameters = net.parameters();
    expect([...parameters.keys()]).toEqual(['left.weight', 'right.weight']);
    expect([...((await parameters.get('left.weight')?.grad?.data()) ?? [])]).toEqual([1, 2]);
    expect([...((await parameters.get('right.weight')?.grad?.data()) ?? [])]).toEqual([6, 8, 10]);
    const twice = (await net.right.weight.data()).map((value) => 2 * value);
    expect(await a.grad?.data()).toEqual(await net.left.weight.data());
    expect(await b.grad?.data()).toEqual(twice);
    // Neither input is taken for a weight that nobody lists.
    expect(() => new SGD(net.parameters(), { lr: 0.1 })).not.toThrow();
  });

  test('has its layers named in a profile', async () => {
    const { gpu } = held;
    class Outer extends Module {
      readonly pair = new Two(gpu);
      forward(x: Tensor): Tensor {
        return this.pair.forward(slice(x, 1, 0, 2), slice(x, 1, 2, 5));
      }
    }
    const net = new Outer();
    const { kernels } = await gpu.profile(async () => void (await net.forward(gpu.randn([4, 5])).data()));
    expect(kernels.map(({ layer }) => layer)).toEqual(expect.arrayContaining(['pair.left', 'pair.right']));
  });

  test('is a module to what knows no more of it, and is told what it lacks', () => {
    const { gpu } = held;
    const nets: Module[] = [new Two(gpu)];
    expect(() => nets[0].forward(gpu.zeros([1, 2]))).toThrow('linear: x is missing, expected a tensor');
  });
});
