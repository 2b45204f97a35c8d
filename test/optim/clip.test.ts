import { describe, expect, test } from 'vitest';
import { clipGradNorm } from '../../src/optim/clip';
import { OptimizerError } from '../../src/optim/optimizer';
import type { Tensor } from '../../src/tensor/tensor';
import { readGolden } from '../golden/read';
import { expectClose } from '../reference/close';
import { ref } from '../reference/ref';
import { useGpu } from '../use-gpu';

const held = useGpu();

function withGradients(
  gradients: readonly (Float32Array<ArrayBuffer> | readonly number[])[],
): Map<string, Tensor> {
  return new Map(
    gradients.map((gradient, i) => {
      const parameter = held.gpu.zeros([gradient.length], { requiresGrad: true });
      parameter.grad = held.gpu.tensor(gradient, [gradient.length]);
      return [`w${i}`, parameter] as const;
    }),
  );
}

const gradientsOf = (parameters: ReadonlyMap<string, Tensor>) =>
  Promise.all([...parameters.values()].map(async ({ grad }) => [...((await grad?.data()) ?? [])]));

describe('clipGradNorm', () => {
  const { cases } = readGolden('clip.json');
  test.each(cases.map((golden) => [golden.name, golden] as const))('%s, as PyTorch', async (_, golden) => {
    const gradients = Object.values(golden.inputs);
    const parameters = withGradients(gradients.map(({ data }) => Float32Array.from(data)));
    const { maxNorm, normType } = golden.options;
    const norm = clipGradNorm(parameters, maxNorm, { normType });
    expect(norm.shape).toEqual([]);
    const close = { relative: 1e-6, absolute: 0 };
    expectClose(ref([], [await norm.item()]), golden.output, close);
    for (const [i, found] of (await gradientsOf(parameters)).entries()) {
      const wanted = golden.outputs[`g${i}`];
      expectClose(ref(wanted.shape, found), wanted, { relative: 2e-6, absolute: 0 });
    }
  });

  test('more tensors than a launch has, of sizes at the edges of workgroups, in one norm', async () => {
    const sizes = [1, 3, 4095, 4096, 4097, 255, 256, 257, 20_000, 7, 64, 8192, 5, 10_007];
    const gradients = sizes.map((size, i) =>
      Float32Array.from({ length: size }, (_, at) => Math.sin(1 + 7 * i + 0.3 * at)),
    );
    const square = gradients.flatMap((one) => [...one]).reduce((sum, x) => sum + x * x, 0);
    const parameters = withGradients(gradients);
    const norm = await clipGradNorm(parameters.values(), 2).item();
    expect(Math.abs(norm / Math.sqrt(square) - 1)).toBeLessThan(1e-6);
    for (const [i, found] of (await gradientsOf(parameters)).entries())
      for (const [at, value] of found.entries())
        expect(Math.abs(value - (2 * gradients[i][at]) / Math.sqrt(square))).toBeLessThan(1e-7);
  });

  test('keeps the digits of a sum of ten million equal squares', async () => {
    const parameters = withGradients([new Float32Array(10_000_000).fill(0.1)]);
    const norm = await clipGradNorm(parameters, Number.POSITIVE_INFINITY).item();
    expect(Math.abs(norm / (Math.fround(0.1) * Math.sqrt(1e7)) - 1)).toBeLessThan(1e-6);
    for (const parameter of parameters.values()) {
      parameter.grad?.dispose();
      parameter.dispose();
    }
  });

  test.each([
    ['an infinite gradient: 0, and NaN in its place', [1, Infinity, -2], Infinity, [0, Number.NaN, -0]],
    ['a NaN: everything NaN', [1, Number.NaN, Infinity], Number.NaN, [Number.NaN, Number.NaN, Number.NaN]],
    ['only zeros: as they are', [0, 0, 0], 0, [0, 0, 0]],
  ])('has PyTorch’s result for %s', async (_, gradient, norm, clipped) => {
    for (const normType of [1, 2, 2.5, Infinity]) {
      const parameters = withGradients([gradient, [1]]);
      if (norm === 0) for (const { grad } of parameters.values()) grad?.write(new Array(grad.size).fill(0));
      expect(await clipGradNorm(parameters, 1, { normType }).item()).toBe(norm);
      expect((await gradientsOf(parameters))[0]).toEqual(clipped);
    }
  });

  test('does without gradients, and without some', async () => {
    const parameters = withGradients([[3], [4]]);
    const [a, b] = parameters.values();
    b.grad = null;
    expect(await clipGradNorm([a, b], 1).item()).toBe(3);
    expect(b.grad).toBeNull();
    a.grad = null;
    expect(await clipGradNorm(a, 1).item()).toBe(0);
  });

  test('scales a gradient that two tensors share once', async () => {
    const parameters = withGradients([
      [3, 0],
      [0, 0],
    ]);
    const [a, b] = parameters.values();
    b.grad = a.grad?.detach() ?? null;
    expect(await clipGradNorm(parameters, Math.SQRT2).item()).toBeCloseTo(3 * Math.SQRT2, 5);
    expect((await b.grad?.data())?.[0]).toBeCloseTo(1, 5);
  });

  test('leaves nothing behind but the norm', () => {
    const parameters = withGradients([[3], [4]]);
    const before = held.gpu.memory();
    clipGradNorm(parameters, 1).dispose();
    expect(held.gpu.memory()).toMatchObject({ tensors: before.tensors, bytesInUse: before.bytesInUse });
  });

  test.each([
    ['maxNorm is -1, expected a number of at least 0', -1, 2],
    ['maxNorm is NaN, expected a number of at least 0', Number.NaN, 2],
    ['normType is 0, expected a number above 0', 1, 0],
  ])('%s', (message, maxNorm, normType) => {
    const clip = () => clipGradNorm(withGradients([[1]]), maxNorm, { normType });
    expect(clip).toThrow(OptimizerError);
    expect(clip).toThrow(`clipGradNorm: ${message}`);
  });

  test('without a tensor says what to give', () => {
    expect(() => clipGradNorm([], 1)).toThrow(
      'clipGradNorm: parameters is an array of 0, expected tensors, such as net.parameters() or [w, b]',
    );
  });
});
