import { describe, expect, test } from 'vitest';
import { isProfiling, listen } from '../../runtime/tags';
import { backward, grad } from '../../src/autograd/backward';
import { openGpu } from '../../src/node';
import { defineOp, type OpDefinition } from '../../src/ops/define';
import { defineOp as defineOwnOp } from '../../src/ops/own-op';
import { fillSpecs, makeTensor, randn, sample } from '../../src/ops/sample';
import { batchNorm2d, matmul, mul, sum } from '../../src/ops/table';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';
import { table } from './table';

const held = useGpu();
/** The first two calls of a kind run the rules; those after them follow plans. */
const CALLS = 4;

/** Runs `work` as where a profile is taken: rules always run. */
function byRules<T>(work: () => T): T {
  const stop = listen(() => undefined);
  try {
    return work();
  } finally {
    stop();
  }
}

const bitsOf = async (tensors: readonly Tensor[]) =>
  Promise.all(tensors.map(async (tensor) => new Uint32Array((await tensor.data()).buffer.slice(0))));

describe('calls that follow a plan give the bits of the rules', () => {
  for (const [name, op] of table) {
    const { differentiable } = op.record;
    for (const { title, args } of op.record.samples()) {
      test(`${name} › ${title}`, async () => {
        const { gpu } = held;
        const results = (turn: number): Tensor[] => {
          const tensors: Tensor[] = [];
          const filled = fillSpecs(args, (spec) => {
            tensors.push(makeTensor(gpu, spec, new Random(turn, tensors.length)));
            return tensors[tensors.length - 1];
          });
          const learnt = tensors.filter(({ requiresGrad }) => requiresGrad);
          const output = op(...(filled as never));
          if (!differentiable || learnt.length === 0 || output.size === 0) return [output];
          const start = gpu.randn(output.shape, { seed: turn, stream: 99 });
          return [output, ...grad(output, learnt, start)];
        };
        for (let turn = 0; turn < CALLS; turn++) {
          gpu.manualSeed(turn);
          const planned = await bitsOf(results(turn));
          gpu.manualSeed(turn);
          expect(planned).toEqual(await bitsOf(byRules(() => results(turn))));
        }
      });
    }
  }

  test('batchNorm2d › running statistics move as by the rules', async () => {
    const { gpu } = held;
    const moved = async (): Promise<Uint32Array[]> => {
      const [runningMean, runningVar] = [gpu.zeros([3]), gpu.ones([3])];
      for (let step = 0; step < 6; step++)
        batchNorm2d(gpu.randn([4, 3, 5, 5], { seed: step }), { training: true, runningMean, runningVar });
      return bitsOf([runningMean, runningVar]);
    };
    const stop = listen(() => undefined);
    expect(isProfiling()).toBe(true);
    const byRules = await moved();
    stop();
    expect(await moved()).toEqual(byRules);
  });
});

/** An op that counts how often its rules run. */
function counted() {
  const runs = { forward: 0, backward: 0 };
  type One = readonly [x: Tensor, factor?: number];
  const definition: OpDefinition<One, readonly [Tensor], { factor: number }, undefined> = {
    name: 'scaled',
    parse: (...[x, factor = 2]: One) => ({ inputs: [x] as const, attrs: { factor } }),
    shape: ({ inputs: [x] }) => x.shape,
    forward: (k, { inputs: [x], attrs }) => {
      runs.forward += 1;
      return k.elementwise('x * factor', { x }, { scalars: attrs });
    },
    backward: (k, { grad: g, attrs }) => {
      runs.backward += 1;
      return [k.elementwise('g * factor', { g }, { scalars: attrs })];
    },
    samples: () => [sample<One>('a row', randn([3]))],
  };
  return { runs, definition };
}

const learning = (gpu: Gpu, values: readonly number[]) => gpu.tensor(values, { requiresGrad: true });

describe('rules run', () => {
  test('twice for calls of one kind, and again for those of another', () => {
    const { gpu } = held;
    const { runs, definition } = counted();
    const op = defineOp(definition);
    for (let i = 0; i < 5; i++) backward(sum(op(learning(gpu, [i, 2, 3]))));
    expect(runs).toEqual({ forward: 2, backward: 2 });
    op(learning(gpu, [1, 2, 3, 4]));
    expect(runs.forward).toBe(3);
    op(learning(gpu, [1, 2, 3]), 3);
    expect(runs.forward).toBe(4);
    op(gpu.tensor([1, 2, 3], { dtype: 'f16' }));
    expect(runs.forward).toBe(5);
  });

  test('every time for an op of a program: they may do more than compute', () => {
    const { runs, definition } = counted();
    const op = defineOwnOp(definition);
    for (let i = 0; i < 5; i++) backward(sum(op(learning(held.gpu, [i, 2, 3]))));
    expect(runs).toEqual({ forward: 5, backward: 5 });
  });

  test('anew after kernels were chosen', async () => {
    using gpu = await openGpu();
    const { runs, definition } = counted();
    const op = defineOp(definition);
    for (let i = 0; i < 4; i++) op(gpu.tensor([1, 2]));
    expect(runs.forward).toBe(2);
    gpu.variants.choose({});
    for (let i = 0; i < 4; i++) op(gpu.tensor([1, 2]));
    expect(runs.forward).toBe(4);
  });

  test('while a profile or a captured step wants to see them', async () => {
    const { gpu } = held;
    const { runs, definition } = counted();
    const op = defineOp(definition);
    for (let i = 0; i < 4; i++) op(gpu.tensor([1, 2]));
    const { kernels } = await gpu.profile(() => void op(gpu.tensor([1, 2])).buffer);
    expect(kernels.filter(({ op }) => op === 'scaled').map(({ shape }) => shape)).toEqual(['[2] ← [2]']);
    expect(runs.forward).toBe(3);
  });
});

describe('a plan', () => {
  test('tells tensors that share their elements from those that do not', async () => {
    const { gpu } = held;
    const [a, b] = [gpu.tensor([1, 2, 3]), gpu.tensor([4, 5, 6])];
    for (let i = 0; i < CALLS; i++) {
      expect([...(await mul(a, a).data())]).toEqual([1, 4, 9]);
      expect([...(await mul(a, b).data())]).toEqual([4, 10, 18]);
      expect([...(await mul(a, a.view([3])).data())]).toEqual([1, 4, 9]);
    }
  });

  test('sees that a tensor changed since the forward pass, or was freed', () => {
    const { gpu } = held;
    for (let i = 0; i < CALLS; i++) {
      const x = learning(gpu, [1, 2, 3]);
      const loss = sum(mul(x, x));
      x.write([4, 5, 6]);
      expect(() => backward(loss)).toThrow('write() has changed it since');
      const gone = gpu.ones([7, 7]);
      gone.dispose();
      expect(() => matmul(gone, gone)).toThrow('was freed');
    }
  });

  test('leaves behind what the rules leave behind', async () => {
    const { gpu } = held;
    const step = () =>
      gpu.scope(() => {
        const x = gpu.randn([8, 3, 9, 9], { seed: 1, requiresGrad: true });
        const y = batchNorm2d(x, { training: true, weight: gpu.ones([3], { requiresGrad: true }) });
        backward(sum(mul(y, y)));
      });
    step();
    const { tensors, bytesInUse } = await settledMemory(gpu);
    for (let i = 0; i < CALLS; i++) step();
    expect(await settledMemory(gpu)).toMatchObject({ tensors, bytesInUse });
  });

  test('gives everything back where there is no memory for all of it', async () => {
    using gpu = await openGpu({ memoryLimit: 4 << 20 });
    const call = () => gpu.scope(() => void matmul(gpu.ones([512, 64]), gpu.ones([64, 512])).buffer);
    for (let i = 0; i < CALLS; i++) call();
    const filler = gpu.zeros([3 << 18]);
    const { tensors, bytesInUse } = gpu.memory();
    expect(call).toThrow('are in use');
    expect(gpu.memory()).toMatchObject({ tensors, bytesInUse });
    filler.dispose();
    call();
  });
});
