import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { backward } from '../../src/autograd/backward';
import { mul, sum } from '../../src/ops/table';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { makeProgram } from '../runtime/child';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';

const held = useGpu();
let gpu: Gpu;
let before: number;
beforeAll(() => {
  ({ gpu } = held);
});
beforeEach(async () => {
  ({ tensors: before } = await settledMemory(gpu));
});
const alive = () => gpu.memory().tensors - before;

describe('gpu.scope', () => {
  test('frees every tensor made inside but the one returned', async () => {
    let inner: Tensor | undefined;
    const result = gpu.scope(() => {
      inner = gpu.ones([2]);
      return gpu.kernels.elementwise('x + 1.0', { x: inner });
    });
    expect(inner?.disposed).toBe(true);
    expect(await result.data()).toEqual(Float32Array.of(2, 2));
    result.dispose();
    expect(alive()).toBe(0);
  });

  test('keeps tensors in arrays, maps, sets and plain objects, nested and in circles', () => {
    interface Node {
      readonly x: Tensor;
      self?: Node;
    }
    const kept = gpu.scope(() => {
      gpu.ones([1]);
      const circle: Node = { x: gpu.ones([1]) };
      circle.self = circle;
      const bare: Record<string, Tensor> = Object.assign(Object.create(null), { y: gpu.ones([1]) });
      return {
        circle,
        bare,
        list: [gpu.ones([1]), [gpu.ones([1])]],
        map: new Map([[gpu.ones([1]), { deep: new Set([gpu.ones([1])]) }]]),
        number: 3,
        nothing: null,
      };
    });
    const [[key, { deep }]] = kept.map;
    const all = [kept.circle.x, kept.bare.y, ...kept.list.flat(), key, ...deep];
    expect(all.map((tensor) => tensor.disposed)).toEqual(all.map(() => false));
    expect(alive()).toBe(6);
    for (const tensor of all) tensor.dispose();
    expect(alive()).toBe(0);
  });

  test('leaves tensors made outside alone, even when they are returned', () => {
    const outside = gpu.ones([1]);
    expect(gpu.scope(() => outside)).toBe(outside);
    expect(outside.disposed).toBe(false);
    outside.dispose();
  });

  test('an inner scope hands its result to the outer one', () => {
    const result = gpu.scope(() => {
      const inner = gpu.scope(() => [gpu.ones([1]), gpu.ones([1])]);
      expect(alive()).toBe(2);
      return inner[1];
    });
    expect(alive()).toBe(1);
    result.dispose();
  });

  test('an exception inside frees everything and comes through', () => {
    const failing = () =>
      gpu.scope(() => {
        gpu.ones([1]);
        gpu.scope(() => {
          gpu.ones([1]);
          throw new Error('on purpose');
        });
      });
    expect(failing).toThrow('on purpose');
    expect(alive()).toBe(0);
    gpu.ones([1]).dispose();
    expect(gpu.scopes.current).toBeUndefined();
  });

  test('refuses an asynchronous function, also one that fails later', async () => {
    expect(() => gpu.scope(async () => gpu.ones([1]))).toThrow(/gpu.scope: the function must be synchronous/);
    expect(() =>
      gpu.scope(async () => {
        throw new Error('later');
      }),
    ).toThrow(TypeError);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(alive()).toBe(0);
  });

  test('gradients of tensors made outside outlive it, those of tensors made inside do not', async () => {
    const w = gpu.tensor([1, 2], [2], { requiresGrad: true });
    let innerGrad: Tensor | null = null;
    gpu.scope(() => {
      const v = gpu.tensor([3, 4], [2], { requiresGrad: true });
      backward(sum(mul(w, v)));
      innerGrad = v.grad;
    });
    expect(await w.grad?.data()).toEqual(Float32Array.of(3, 4));
    expect((innerGrad as Tensor | null)?.disposed).toBe(true);
    expect(alive()).toBe(2);
    w.grad?.dispose();
    w.dispose();
  });

  test('a gradient lives in the scope of its tensor, not in that of backward', () => {
    gpu.scope(() => {
      const w = gpu.tensor([1, 2], [2], { requiresGrad: true });
      gpu.scope(() => backward(sum(mul(w, w))));
      expect(w.grad?.disposed).toBe(false);
    });
    expect(alive()).toBe(0);
  });
});

test('tensors that a program forgot are freed once they are collected', async () => {
  const program = await makeProgram(`
declare const gc: () => void;
const gpu = await engine.openGpu();
const base = gpu.memory();
const w = gpu.ones([1024], { requiresGrad: true });
const make = () => {
  for (let i = 0; i < 200; i++) engine.ops.exp(engine.ops.mul(w, i));
};
make();
const made = gpu.memory().tensors;
for (let i = 0; i < 20 && gpu.memory().tensors > 1; i++) {
  gc();
  await new Promise((resolve) => setTimeout(resolve, 20));
}
console.log(JSON.stringify({ made, left: gpu.memory().tensors, bytes: gpu.memory().bytesInUse - base.bytesInUse }));
gpu.dispose();`);
  const { code, stdout, stderr } = await program.run({}, ['--expose-gc']);
  program.remove();
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ made: 401, left: 1, bytes: 4096 });
});
