import { beforeAll, describe, expect, test } from 'vitest';
import { backward, GradientError } from '../../src/autograd/backward';
import { freeGraph, perSampleFactors, perSampleSquares } from '../../src/autograd/per-sample';
import { exp, linear, matmul, mul, relu, reshape, slice, sum } from '../../src/ops/table';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { useGpu } from '../use-gpu';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const SAMPLES = 7;
function makeNetwork() {
  const draw = (shape: number[], stream: number) =>
    gpu.randn(shape, { seed: 21, stream, requiresGrad: true });
  const [w1, b1, w2, b2] = [draw([9, 5], 1), draw([9], 2), draw([4, 9], 3), draw([4], 4)];
  const forward = (x: Tensor) => linear(relu(linear(x, w1, b1)), w2, b2);
  return { parameters: [w1, b1, w2, b2], forward };
}

/** Σ_n (∂ Σ_c weight[n,c] · output[n,c] / ∂ θ)² by one backward pass a sample, squared and summed in f64. */
async function oneByOne(
  { parameters, forward }: ReturnType<typeof makeNetwork>,
  x: Tensor,
  weights: Tensor,
): Promise<Float64Array[]> {
  const totals = parameters.map(({ size }) => new Float64Array(size));
  for (let n = 0; n < SAMPLES; n++) {
    backward(sum(mul(forward(slice(x, 0, n, n + 1)), slice(weights, 0, n, n + 1))));
    for (const [i, parameter] of parameters.entries()) {
      const values = (await parameter.grad?.data()) ?? [];
      totals[i].forEach((_, at) => {
        totals[i][at] += values[at] ** 2;
      });
      parameter.grad = null;
    }
  }
  return totals;
}

describe('perSampleSquares', () => {
  test('equals a loop of single-sample backward passes, for several seeds on one tape', async () => {
    const network = makeNetwork();
    const x = gpu.randn([SAMPLES, 5], { seed: 22 });
    const output = network.forward(x);
    for (const stream of [1, 2]) {
      const weights = gpu.randn([SAMPLES, 4], { seed: 23, stream });
      const squares = perSampleSquares(output, weights, new Set(network.parameters));
      const expected = await oneByOne(network, x, weights);
      for (const [i, parameter] of network.parameters.entries()) {
        const found = squares.get(parameter);
        expect(found?.shape).toEqual(parameter.shape);
        const values = (await found?.data()) ?? [];
        expected[i].forEach((value, at) => {
          expect(Math.abs(values[at] - value)).toBeLessThanOrEqual(1e-4 * value + 1e-9);
        });
        expect(Math.max(...expected[i])).toBeGreaterThan(1e-3);
      }
    }
    expect(network.parameters.every(({ grad }) => grad === null)).toBe(true);
    freeGraph(output);
    expect(() => perSampleSquares(output, gpu.ones([SAMPLES, 4]), new Set())).toThrow(GradientError);
  });

  test('is not the square of the summed gradient', async () => {
    const w = gpu.tensor([1], [1, 1], { requiresGrad: true });
    const output = linear(gpu.tensor([1, -1], [2, 1]), w);
    const squares = perSampleSquares(output, gpu.ones([2, 1]), new Set([w]));
    expect(await squares.get(w)?.item()).toBe(2);
    backward(sum(output));
    expect(await w.grad?.item()).toBe(0);
  });

  test('of a bias of several rows a sample adds the rows before it squares', async () => {
    const [w, b] = [gpu.ones([1, 1]), gpu.zeros([1], { requiresGrad: true })];
    const output = linear(gpu.ones([2, 2, 1]), w, b);
    const squares = perSampleSquares(output, gpu.tensor([1, -1, 2, 3], [2, 2, 1]), new Set([b]));
    expect(await squares.get(b)?.item()).toBe((1 - 1) ** 2 + (2 + 3) ** 2);
  });

  test('of a factor that all samples share squares before it adds them', async () => {
    const w = gpu.ones([1, 2], { requiresGrad: true });
    const output = mul(gpu.tensor([1, 2, -1, 3], [2, 2]), w);
    const squares = perSampleSquares(output, gpu.ones([2, 2]), new Set([w]));
    expect([...((await squares.get(w)?.data()) ?? [])]).toEqual([1 + 1, 4 + 9]);
  });

  test('gives only the parameters asked for', () => {
    const { parameters, forward } = makeNetwork();
    const squares = perSampleSquares(
      forward(gpu.ones([2, 5])),
      gpu.ones([2, 4]),
      new Set([parameters[0], parameters[3]]),
    );
    expect([...squares.keys()]).toHaveLength(2);
    expect(squares.has(parameters[1])).toBe(false);
  });

  test('a parameter used by two calls throws, since its squares do not add', () => {
    const w = gpu.ones([3, 3], { requiresGrad: true });
    const output = linear(relu(linear(gpu.ones([2, 3]), w)), w);
    const squares = () => perSampleSquares(output, gpu.ones([2, 3]), new Set([w]));
    expect(squares).toThrow(GradientError);
    expect(squares).toThrow('parameter f32[3,3] is used several times; its squares do not add');
  });

  test('a parameter used twice by one call throws', () => {
    const w = gpu.ones([2, 3], { requiresGrad: true });
    expect(() => perSampleSquares(mul(w, w), gpu.ones([2, 3]), new Set([w]))).toThrow(/used several times/);
  });

  test('an op without a per-sample rule throws with its name, where it touches a parameter', () => {
    const w = gpu.ones([2, 3], { requiresGrad: true });
    const of = (output: Tensor) => () => perSampleSquares(output, gpu.ones(output.shape), new Set([w]));
    expect(of(exp(w))).toThrow(/op exp uses a parameter but has no per-sample rule/);
    expect(of(linear(gpu.ones([4, 3]), reshape(w, [2, 3])))).toThrow(/op reshape uses a parameter/);
    expect(of(exp(linear(gpu.ones([4, 3]), w)))).not.toThrow();
  });

  test('frees all but the squares', () => {
    const network = makeNetwork();
    const run = () =>
      gpu.scope(() => {
        const output = network.forward(gpu.ones([SAMPLES, 5]));
        return perSampleSquares(output, gpu.ones([SAMPLES, 4]), new Set(network.parameters));
      });
    const before = gpu.memory().tensors;
    const squares = run();
    expect(gpu.memory().tensors - before).toBe(4);
    for (const square of squares.values()) square.dispose();
    expect(network.parameters.every(({ disposed }) => !disposed)).toBe(true);
  });
});

describe('perSampleFactors', () => {
  test('outer products of the factors are the single-sample gradients, for any range, after the tape is freed', async () => {
    const network = makeNetwork();
    const [w1, b1, w2] = network.parameters;
    const x = gpu.randn([SAMPLES, 5], { seed: 22 });
    const weights = gpu.randn([SAMPLES, 4], { seed: 23 });
    const calls = gpu.scope(() => {
      const output = network.forward(x);
      const found = perSampleFactors(output, weights, new Set(network.parameters));
      freeGraph(output);
      return found;
    });
    expect(calls.map(({ op, samples }) => [op, samples])).toEqual([
      ['linear', SAMPLES],
      ['linear', SAMPLES],
    ]);
    const [last, first] = calls;
    expect(first.parameters).toEqual([undefined, w1, b1]);
    expect(first.factors(0, 1, b1).map((found) => found !== undefined)).toEqual([false, false, true]);
    for (const [call, parameter] of [
      [first, w1],
      [last, w2],
    ] as const) {
      const found = call.factors(1, 3)[1];
      if (!found?.input) throw new Error('a weight has an input');
      const products = await matmul(found.output, found.input, { transposeB: true }).data();
      for (const n of [1, 2]) {
        backward(sum(mul(network.forward(slice(x, 0, n, n + 1)), slice(weights, 0, n, n + 1))));
        const values = (await parameter.grad?.data()) ?? [];
        expect(values).toHaveLength(parameter.size);
        values.forEach((value, i) => {
          expect(products[(n - 1) * parameter.size + i]).toBeCloseTo(value, 5);
        });
        for (const { grad } of network.parameters) grad?.dispose();
        for (const own of network.parameters) own.grad = null;
      }
    }
  });

  test('are of both uses of a parameter, side by side', async () => {
    const w = gpu.eye(3, { requiresGrad: true });
    const output = linear(linear(gpu.tensor([1, 2, 3], [1, 3]), w), w);
    const [call, ...others] = perSampleFactors(output, gpu.tensor([4, 5, 6], [1, 3]), new Set([w]));
    expect(others).toEqual([]);
    expect(call).toMatchObject({ op: 'linear', samples: 1, parameters: [w] });
    const [factors] = call.factors(0, 1);
    // W is the identity: both uses read x and get the same gradient.
    expect(factors?.output.shape).toEqual([1, 1, 3, 2]);
    expect([...((await factors?.output.data()) ?? [])]).toEqual([4, 4, 5, 5, 6, 6]);
    expect([...((await factors?.input?.data()) ?? [])]).toEqual([1, 1, 2, 2, 3, 3]);
  });

  test('throws on an op without a rule', () => {
    const w = gpu.ones([3, 3], { requiresGrad: true });
    const of = (output: Tensor) => () => perSampleFactors(output, gpu.ones(output.shape), new Set([w]));
    expect(of(exp(w))).toThrow(
      /op exp uses a parameter but has no rule for its per-sample gradients' factors/,
    );
  });
});
