import { describe, expect, test } from 'vitest';
import { backward } from '../../src/autograd/backward';
import { diagonal } from '../../src/fisher/diagonal';
import { FisherError } from '../../src/fisher/errors';
import { gramLogDet } from '../../src/fisher/gram';
import { ModuleDict, ModuleList } from '../../src/nn/containers';
import { Linear, ReLU, Sequential } from '../../src/nn/layers';
import { Module } from '../../src/nn/module';
import { add, mul, sum } from '../../src/ops/table';
import { Adam } from '../../src/optim/adam';
import { OptimizerError } from '../../src/optim/optimizer';
import { SGD } from '../../src/optim/sgd';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { useGpu } from '../use-gpu';

const held = useGpu();

/** A module whose forward pass is of no interest. */
abstract class Holder extends Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}

const named = (names: readonly string[]) => names.flatMap((name) => [`${name}.weight`, `${name}.bias`]);

describe('modules and tensors in fields', () => {
  test('are found in arrays, maps and plain objects, however they are nested', () => {
    const { gpu } = held;
    const layer = () => new Linear(gpu, 1, 1);
    class Net extends Holder {
      layers = [layer(), layer()];
      heads = new Map([['left', layer()]]);
      parts = { stem: layer(), stages: [[layer()], [layer(), { extra: layer() }]] };
      scales = [gpu.ones([2], { requiresGrad: true }), gpu.zeros([3])];
      options = { width: 3, name: 'net', sizes: [1, 2] };
      nothing: Module | undefined = undefined;
    }
    const net = new Net();
    expect([...net.parameters().keys()]).toEqual([
      'scales.0',
      ...named(['layers.0', 'layers.1', 'heads.left', 'parts.stem', 'parts.stages.0.0', 'parts.stages.1.0']),
      ...named(['parts.stages.1.1.extra']),
    ]);
    expect([...net.stateDict().keys()]).toContain('scales.1');
    net.eval();
    expect([...net.modules()].map(({ training }) => training)).toEqual(new Array(8).fill(false));
  });

  test('a list and a dictionary of modules carry PyTorch’s names', () => {
    const { gpu } = held;
    class Net extends Holder {
      layers = new ModuleList([new Linear(gpu, 1, 1)]).append(new Linear(gpu, 1, 1));
      choices = new ModuleDict<Module>({ conv: new Linear(gpu, 1, 1) }).set('pool', new ReLU());
    }
    const net = new Net();
    expect([...net.parameters().keys()]).toEqual(named(['layers.0', 'layers.1', 'choices.conv']));
    expect(net.layers).toHaveLength(2);
    expect([...net.layers][1]).toBe(net.layers.at(-1));
    expect([...net.choices].map(([name]) => name)).toEqual(['conv', 'pool']);
    expect(net.choices.get('pool')).toBeInstanceOf(ReLU);
    expect(() => net.layers.forward()).toThrow('ModuleList has no forward pass of its own; call its modules');
  });

  test('what holds itself is walked once', () => {
    const { gpu } = held;
    class Child extends Holder {
      weight = gpu.ones([1], { requiresGrad: true });
      parent: Module | undefined;
    }
    class Parent extends Holder {
      child = new Child();
    }
    const net = new Parent();
    net.child.parent = net;
    expect([...net.parameters().keys()]).toEqual(['child.weight']);
    expect(net.eval().child.training).toBe(false);
    net.seek(3);
  });

  test('layers of an array learn', async () => {
    const { gpu } = held;
    class Net extends Module {
      layers = [new Linear(gpu, 2, 2), new Linear(gpu, 2, 1)];
      forward(x: Tensor): Tensor {
        return this.layers.reduce((value, layer) => layer.forward(value), x);
      }
    }
    const net = new Net();
    const before = await net.layers[0].weight.data();
    const sgd = new SGD(net.parameters(), { lr: 0.1 });
    backward(sum(net.forward(gpu.ones([1, 2]))));
    sgd.step();
    expect(await net.layers[0].weight.data()).not.toEqual(before);
  });
});

describe('a forward pass that is an arrow function', () => {
  class Doubled extends Module {
    layer: Linear;
    constructor(gpu: Gpu) {
      super();
      this.layer = new Linear(gpu, 2, 1);
    }
    forward = (x: Tensor): Tensor => mul(this.layer.forward(x), 2);
  }

  test('works alone, in a Sequential, and in a profile by its path', async () => {
    const { gpu } = held;
    const net = new Sequential(new Doubled(gpu), new ReLU());
    expect([...net.parameters().keys()]).toEqual(named(['0.layer']));
    expect(new Doubled(gpu).forward(gpu.ones([3, 2])).shape).toEqual([3, 1]);
    const profile = await gpu.profile(async () => {
      await net.forward(gpu.ones([3, 2])).data();
    });
    expect(profile.kernels.map(({ layer }) => layer)).toContain('0.layer');
  });
});

/** A network with a parameter that nobody can see. */
class Secretive extends Module {
  readonly open: Linear;
  readonly #hidden: Tensor;
  constructor(gpu: Gpu, requiresGrad = true) {
    super();
    this.open = new Linear(gpu, 2, 2);
    this.#hidden = gpu.ones([2], { requiresGrad });
  }
  forward(x: Tensor): Tensor {
    return add(this.open.forward(x), this.#hidden);
  }
}
const UNSEEN =
  'a tensor f32[2] with requiresGrad takes part in the forward pass of Secretive, but is not among its parameters(); keep it in a field that is not private (#)';

describe('a parameter that cannot be seen', () => {
  test.each([
    ['SGD', (net: Module) => new SGD(net.parameters(), { lr: 1 })],
    ['Adam', (net: Module) => new Adam(net.parameters())],
  ])('is refused by %s at its first step, before anything changes', async (name, optimiser) => {
    const { gpu } = held;
    const net = new Secretive(gpu);
    const optimizer = optimiser(net);
    const before = await net.open.weight.data();
    backward(sum(net.forward(gpu.ones([1, 2]))));
    expect(() => optimizer.step()).toThrow(OptimizerError);
    expect(() => optimizer.step()).toThrow(`${name}: ${UNSEEN}`);
    expect(await net.open.weight.data()).toEqual(before);
  });

  test('is refused within another network, too', () => {
    const { gpu } = held;
    const net = new Sequential(new Linear(gpu, 2, 2), new Secretive(gpu));
    const sgd = new SGD(net.parameters(), { lr: 1 });
    backward(sum(net.forward(gpu.ones([1, 2]))));
    expect(() => sgd.step()).toThrow('takes part in the forward pass of Sequential');
  });

  test('is refused by every Fisher', async () => {
    const { gpu } = held;
    const batches = [{ inputs: gpu.ones([2, 2]), labels: gpu.tensor(Int32Array.of(0, 1), [2]) }];
    const net = new Secretive(gpu);
    await expect(diagonal(net, batches)).rejects.toThrow(FisherError);
    await expect(diagonal(net, batches)).rejects.toThrow(`diagonal: ${UNSEEN}`);
    await expect(gramLogDet(new Secretive(gpu), batches, { damping: 1 })).rejects.toThrow(UNSEEN);
  });

  test('is no matter if it does not learn, if another optimiser learns it, or if it is the input', () => {
    const { gpu } = held;
    const frozen = new Secretive(gpu, false);
    const scale = gpu.ones([1, 2], { requiresGrad: true });
    const scaled = new Sequential(new Linear(gpu, 2, 2));
    const [first, second] = [frozen, scaled].map((net) => new SGD(net.parameters(), { lr: 0.1 }));
    backward(sum(frozen.forward(gpu.ones([1, 2]))));
    expect(() => first.step()).not.toThrow();
    backward(sum(scaled.forward(scale)));
    expect(() => second.step()).not.toThrow();

    class Mixed extends Module {
      layer = new Linear(gpu, 2, 2);
      constructor(private readonly shares: () => Tensor) {
        super();
      }
      forward(x: Tensor): Tensor {
        return mul(this.layer.forward(x), this.shares());
      }
    }
    const mixed = new Mixed(() => scale);
    const weights = new SGD(mixed.parameters(), { lr: 0.1 });
    const shares = new SGD(new Map([['scale', scale]]), { lr: 0.1 });
    backward(sum(mixed.forward(gpu.ones([1, 2]))));
    weights.step();
    shares.step();
  });
});
