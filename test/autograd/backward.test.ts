import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { backward, GradientError, grad } from '../../src/autograd/backward';
import { noGrad } from '../../src/autograd/tape';
import { add, argmax, exp, matmul, mul, pow, reshape, sub, sum } from '../../src/ops/table';
import type { Gpu } from '../../src/tensor/gpu';
import { ShapeError } from '../../src/tensor/shape';
import { type Tensor, TensorDisposedError } from '../../src/tensor/tensor';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';

const held = useGpu();
let gpu: Gpu;
let tensors: number;
beforeAll(() => {
  ({ gpu } = held);
});
beforeEach(async () => {
  ({ tensors } = await settledMemory(gpu));
});

const leaf = (...values: number[]) => gpu.tensor(values, [values.length], { requiresGrad: true });
const gradOf = async (x: Tensor): Promise<number[]> => [...((await x.grad?.data()) ?? [])];

describe('backward', () => {
  test('adds up over all uses of a tensor', async () => {
    const x = leaf(2, 3);
    backward(sum(add(mul(x, x), add(x, x)))); // x² + 2x
    expect(await gradOf(x)).toEqual([6, 8]);
  });

  test('walks a diamond once from its top, not once a path', async () => {
    const x = leaf(3);
    const top = mul(x, 2);
    const [left, right] = [mul(top, top), mul(top, 5)];
    backward(sum(mul(left, right))); // (2x)²·10x = 40 x³
    expect(await gradOf(x)).toEqual([120 * 9]);
  });

  test('a ladder of forty diamonds, with 2⁴⁰ paths, takes no time', async () => {
    const x = leaf(1);
    let y: Tensor = x;
    for (let i = 0; i < 40; i++) y = mul(add(y, y), 0.5);
    backward(y);
    expect(await gradOf(x)).toEqual([1]);
  });

  test('adds into the gradient that is there, until it is set to null', async () => {
    const x = leaf(1, 2);
    backward(sum(mul(x, 3)));
    backward(sum(mul(x, x)));
    expect(await gradOf(x)).toEqual([5, 7]);
    x.grad = null;
    backward(sum(mul(x, 10)));
    expect(await gradOf(x)).toEqual([10, 10]);
  });

  test('a gradient that was disposed of counts as none', async () => {
    const x = leaf(1);
    backward(mul(x, 3));
    x.grad?.dispose();
    backward(mul(x, 4));
    expect(await gradOf(x)).toEqual([4]);
  });

  test('starts from a given gradient, which stays the caller’s', async () => {
    const x = leaf(1, 2, 3);
    const start = gpu.tensor([1, 10, 100], [3]);
    backward(mul(x, x), start);
    expect(await gradOf(x)).toEqual([2, 40, 600]);
    expect([...(await start.data())]).toEqual([1, 10, 100]);
  });

  test('reaches only tensors that require a gradient', async () => {
    const [x, y] = [leaf(2), gpu.tensor([5], [1])];
    backward(mul(mul(x, y), y.detach()));
    expect(await gradOf(x)).toEqual([25]);
    expect(y.grad).toBeNull();
  });

  test('stops at detach()', async () => {
    const x = leaf(3);
    backward(mul(x, mul(x, x).detach()));
    expect(await gradOf(x)).toEqual([9]);
  });

  test('a leaf is its own root', async () => {
    const x = leaf(3);
    backward(x);
    expect(await gradOf(x)).toEqual([1]);
  });

  test('two leaves that share a gradient’s storage keep gradients of their own', async () => {
    const [x, y] = [leaf(1, 2), leaf(3, 4)];
    backward(sum(add(reshape(x, [2, 1]), reshape(y, [2, 1]))));
    backward(sum(mul(x, 5)));
    expect(await gradOf(x)).toEqual([6, 6]);
    expect(await gradOf(y)).toEqual([1, 1]);
  });

  test('gradients that an op handed on change by themselves, and so does the start', async () => {
    const [a, b] = [leaf(1, 2), leaf(3, 4)];
    const start = gpu.tensor([5, 6], [2]);
    backward(add(a, b), start);
    a.grad?.write([0, 0]);
    expect([...((await b.grad?.data()) ?? [])]).toEqual([5, 6]);
    b.grad?.write([1, 1]);
    expect([...(await start.data())]).toEqual([5, 6]);
    expect([...((await a.grad?.data()) ?? [])]).toEqual([0, 0]);
  });

  test('a chain of 5,000 ops overflows no stack', async () => {
    const x = leaf(1, -1);
    const y = gpu.scope(() => {
      let chain: Tensor = x;
      for (let i = 0; i < 5000; i++) chain = add(chain, 0.001);
      backward(sum(chain));
      return chain;
    });
    expect(await gradOf(x)).toEqual([1, 1]);
    expect(Math.abs((await y.data())[0] - 6)).toBeLessThan(1e-2);
  });

  test('inside a scope leaves nothing behind but the gradient', () => {
    const x = leaf(1, 2);
    for (let i = 0; i < 3; i++) gpu.scope(() => backward(sum(exp(mul(x, x)))));
    expect(gpu.memory().tensors - tensors).toBe(2);
  });

  test('outside a scope frees every gradient on its way', () => {
    const x = leaf(1, 2);
    const y = exp(mul(x, x));
    const loss = sum(y);
    const before = gpu.memory().tensors;
    backward(loss);
    expect(gpu.memory().tensors - before).toBe(1);
  });
});

describe('what backward refuses', () => {
  test('a graph that an earlier backward freed', () => {
    const loss = sum(mul(leaf(1, 2), 3));
    backward(loss);
    expect(() => backward(loss)).toThrow(GradientError);
    expect(() => backward(loss)).toThrow(/graph that led to f32\[\] was freed.*compute it again/);
  });

  test('a result of a freed graph used again, which would lose the gradient beyond it', async () => {
    const x = leaf(1, 2);
    const hidden = mul(x, 3);
    backward(sum(hidden));
    expect(() => backward(sum(mul(hidden, 2)))).toThrow(/graph that led to f32\[2\] was freed/);
    backward(sum(mul(hidden.detach(), x)));
    expect(await gradOf(x)).toEqual([6, 9]);
  });

  test('a result that depends on nothing with a gradient', () => {
    const x = gpu.ones([1]);
    expect(() => backward(mul(x, 2))).toThrow(/does not depend on any tensor made with requiresGrad: true/);
    expect(() => backward(x)).toThrow(GradientError);
    const labels = argmax(leaf(1, 2), 0);
    expect(() => backward(labels)).toThrow(GradientError);
  });

  test('more than one element without a gradient to start from, and a start of another shape', () => {
    const y = mul(leaf(1, 2), 2);
    expect(() => backward(y)).toThrow(ShapeError);
    expect(() => backward(y)).toThrow('backward: needs one element or a gradient to start from, got [2]');
    expect(() => backward(y, gpu.ones([3]))).toThrow('backward: gradient [3] for a result of [2]');
  });

  test('a saved tensor that was disposed of', () => {
    const x = leaf(1, 2);
    const y = mul(x, 2);
    const loss = sum(mul(y, y));
    y.dispose();
    expect(() => backward(loss)).toThrow(TensorDisposedError);
  });
});

describe('grad', () => {
  test('gives gradients in the order asked for and touches no .grad', async () => {
    const [a, b] = [leaf(2), leaf(5)];
    const [db, da] = grad(mul(mul(a, a), b), [b, a]);
    expect([await da.item(), await db.item()]).toEqual([20, 4]);
    expect([a.grad, b.grad]).toEqual([null, null]);
  });

  test('also of results on the way', async () => {
    const x = leaf(3);
    const middle = mul(x, x);
    const [dMiddle, dx] = grad(mul(middle, 7), [middle, x]);
    expect([await dMiddle.item(), await dx.item()]).toEqual([7, 42]);
  });

  test('starts from a given gradient and frees the tape', async () => {
    const x = leaf(1, 2);
    const y = mul(x, x);
    const [dx] = grad(y, [x], gpu.tensor([1, -1], [2]));
    expect([...(await dx.data())]).toEqual([2, -4]);
    expect(() => grad(y, [x], gpu.ones([2]))).toThrow(/was freed/);
  });

  test('frees every gradient on its way, the one it starts from too', () => {
    const x = leaf(1, 2);
    const loss = sum(exp(mul(x, x)));
    const before = gpu.memory().tensors;
    grad(loss, [x]);
    expect(gpu.memory().tensors - before).toBe(1);
  });

  test('of something the result does not depend on throws', () => {
    const [x, stranger] = [leaf(1), leaf(2)];
    expect(() => grad(mul(x, 2), [stranger])).toThrow('grad: the result does not depend on input f32[1]');
  });
});

describe('noGrad', () => {
  test('records nothing inside, and records again afterwards, also after an exception', async () => {
    const x = leaf(4);
    const inside = noGrad(() => noGrad(() => mul(x, 2)));
    expect(inside.requiresGrad).toBe(false);
    expect(() =>
      noGrad(() => {
        throw new Error('on purpose');
      }),
    ).toThrow('on purpose');
    backward(sub(mul(x, 3), inside));
    expect(await gradOf(x)).toEqual([3]);
  });

  test('refuses an asynchronous function', async () => {
    expect(() => noGrad(async () => 1)).toThrow(/noGrad: the function must be synchronous/);
    expect(() =>
      noGrad(async () => {
        throw new Error('later');
      }),
    ).toThrow(TypeError);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(mul(leaf(1), 2).requiresGrad).toBe(true);
  });
});

test('a square by pow has the slope 2x', async () => {
  const x = leaf(3, -5);
  backward(sum(pow(x, 2)));
  expect(await gradOf(x)).toEqual([6, -10]);
});

test('a product of matrices has the gradients of the textbook', async () => {
  const a = gpu.tensor([1, 2, 3, 4, 5, 6], [2, 3], { requiresGrad: true });
  const b = gpu.tensor([1, 0, -1, 2, 1, 1], [3, 2], { requiresGrad: true });
  backward(sum(matmul(a, b)));
  expect(await gradOf(a)).toEqual([1, 1, 2, 1, 1, 2]); // row sums of b
  expect(await gradOf(b)).toEqual([5, 5, 7, 7, 9, 9]); // column sums of a
});
