import { beforeAll, expect, test } from 'vitest';
import { backward } from '../../src/autograd/backward';
import { noGrad } from '../../src/autograd/tape';
import { Linear } from '../../src/nn/layers';
import { add, mul, sum } from '../../src/ops/table';
import type { Gpu } from '../../src/tensor/gpu';
import { ShapeError } from '../../src/tensor/shape';
import { useGpu } from '../use-gpu';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

test('a view passes its gradient on, and both uses add up', async () => {
  const w = gpu.ones([2], { requiresGrad: true });
  backward(add(sum(w), sum(mul(w.view([1, 2]), 3))));
  expect([...((await w.grad?.data()) ?? [])]).toEqual([4, 4]);
});

test('a view between two layers lets the first one learn', async () => {
  const [a, b] = [new Linear(gpu, 2, 6), new Linear(gpu, 4, 1)];
  backward(sum(b.forward(a.forward(gpu.ones([2, 2])).view([3, 4]))));
  // d sum / d a.weight[o, i] is b.weight at the place of o in rows of four, for each of two samples of ones.
  const weight = await b.weight.data();
  const expected = Array.from({ length: 6 }, (_, o) => weight[o % 4] + weight[(o + 6) % 4]);
  const found = [...((await a.weight.grad?.data()) ?? [])];
  found.forEach((value, place) => {
    expect(value).toBeCloseTo(expected[Math.floor(place / 2)], 5);
  });
  expect(found).toHaveLength(12);
});

test('one length may be −1, and what does not fit is refused by name', () => {
  const x = gpu.zeros([2, 6]);
  expect(x.view([3, -1]).shape).toEqual([3, 4]);
  expect(x.view([-1]).shape).toEqual([12]);
  for (const shape of [
    [5, -1],
    [-1, -1],
    [-2, -6],
    [3, 4.5],
  ])
    expect(() => x.view(shape), String(shape)).toThrow(ShapeError);
  expect(() => x.view([5])).toThrow('view: [2,6] has 12 elements and cannot become [5]');
});

test('under noGrad, or of a tensor without a gradient, a view needs none', () => {
  const w = gpu.ones([2], { requiresGrad: true });
  expect(noGrad(() => w.view([1, 2])).requiresGrad).toBe(false);
  expect(w.detach().view([1, 2]).requiresGrad).toBe(false);
});
