import { describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import { gradientCheck } from '../../src/ops/check/gradient-check';
import { defineOp } from '../../src/ops/own-op';
import { awayFromZero, positive, randn, sample } from '../../src/ops/sample';
import { crossEntropy, div, mul, relu } from '../../src/ops/table';
import type { Kernels } from '../../src/tensor/kernels';
import type { Tensor } from '../../src/tensor/tensor';
import { failure } from '../data/failure';
import { useGpu } from '../use-gpu';

const held = useGpu();

type One = readonly [x: Tensor];

/** x³ with this backward rule: an expression of the gradient g and x. */
const cubeWith = (slope: string) =>
  defineOp({
    name: 'cube',
    parse: (...[x]: One) => ({ inputs: [x] as const, attrs: {} }),
    shape: ({ inputs: [x] }) => x.shape,
    forward: (k, { inputs: [x] }) => k.elementwise('x * x * x', { x }),
    backward: (k, { inputs: [x], grad: g }) => [k.elementwise(slope, { g, x })],
    samples: () => [sample<One>('a matrix', randn([4, 5])), sample<One>('many', randn([300]))],
  });
const cube = cubeWith('3.0 * x * x * g');
const cubeOf = (x: { shape: readonly number[]; data: ArrayLike<number> }) => ({
  shape: x.shape,
  data: Array.from(x.data, (value) => value ** 3),
});

type Two = readonly [x: Tensor, scale: Tensor];

/** x [N, C] times scale [C], with the sum of what `ofSample` says of every sample. */
const scaled = (ofSample: string) =>
  defineOp({
    name: 'scaled',
    parse: (...[x, scale]: Two) => ({ inputs: [x, scale] as const, attrs: {} }),
    shape: ({ inputs: [x] }) => x.shape,
    forward: (k, { inputs: [x, scale] }) => k.elementwise('x * scale', { x, scale }),
    backward: (k, { inputs: [x, scale], grad: g }) => [
      k.elementwise('g * scale', { g, scale }),
      k.reduce('sum', k.elementwise('g * x', { g, x }), [0]),
    ],
    perSample: (k, { inputs: [x], grad: g }) => [
      undefined,
      k.reduce('sum', k.elementwise(ofSample, { g, x }), [0]),
    ],
    samples: () => [sample<Two>('rows', awayFromZero([6, 3]), positive([3]))],
  });

describe('gradientCheck', () => {
  test('finds a right gradient right, by differences of the op itself, and says how close', async () => {
    const results = await gradientCheck(held.gpu, cube);
    expect(results.map(({ sample, what, input, entries }) => [sample, what, input, entries])).toEqual([
      ['a matrix', 'gradient', 0, 20],
      ['many', 'gradient', 0, 64],
    ]);
    for (const { error } of results) expect(error).toBeLessThan(1e-3);
  });

  test('compares the result too, and gradients more closely, where it is given the op in f64', async () => {
    const results = await gradientCheck(held.gpu, cube, { reference: cubeOf });
    expect(results.map(({ what }) => what)).toEqual(['result', 'gradient', 'result', 'gradient']);
    for (const { error } of results) expect(error).toBeLessThan(1e-5);
    const square = (x: { shape: readonly number[]; data: ArrayLike<number> }) => ({
      shape: x.shape,
      data: Array.from(x.data, (value) => value ** 2),
    });
    expect(await failure(() => gradientCheck(held.gpu, cube, { reference: square }))).toMatchObject({
      code: 'GRADIENT_CHECK',
      message: expect.stringMatching(/^gradientCheck: cube, sample 'a matrix': the result at \[0, 0\] is /),
    });
  });

  test.each([
    ['a factor', '2.0 * x * x * g'],
    ['a sign', '-3.0 * x * x * g'],
    ['a twentieth', '2.85 * x * x * g'],
  ])('finds a gradient that is off by %s', async (_, slope) => {
    expect(await failure(() => gradientCheck(held.gpu, cubeWith(slope)))).toMatchObject({
      code: 'GRADIENT_CHECK',
      message: expect.stringMatching(
        /the gradient of tensor 0 at \[\d, \d\] is .*, finite differences give /,
      ),
    });
  });

  test('holds the rule of single samples to what each of them gives alone', async () => {
    const results = await gradientCheck(held.gpu, scaled('pow(abs(g * x), 2.0)'));
    expect(results.map(({ what, input }) => [what, input])).toEqual([
      ['gradient', 0],
      ['gradient', 1],
      ['per-sample squares', 1],
    ]);
    expect(await failure(() => gradientCheck(held.gpu, scaled('g * x')))).toMatchObject({
      message: expect.stringContaining('the per-sample squares of tensor 1 at [0]'),
    });
  });

  test('keeps no memory', async () => {
    const { tensors } = held.gpu.memory();
    await gradientCheck(held.gpu, scaled('pow(abs(g * x), 2.0)'));
    await failure(() => gradientCheck(held.gpu, scaled('g * x')));
    expect(held.gpu.memory().tensors).toBe(tensors);
  });

  test('agrees with the built-in ops', async () => {
    const { gpu } = held;
    for (const check of [gradientCheck(gpu, relu), gradientCheck(gpu, div), gradientCheck(gpu, crossEntropy)])
      expect((await check).length).toBeGreaterThan(0);
  });

  test('refuses an op without samples, unless it is given some', async () => {
    const bare = defineOp({
      name: 'half',
      parse: (...[x]: One) => ({ inputs: [x] as const, attrs: {} }),
      shape: ({ inputs: [x] }) => x.shape,
      forward: (k, { inputs: [x] }) => k.elementwise('0.5 * x', { x }),
      backward: (k, { grad: g }) => [k.elementwise('0.5 * g', { g })],
    });
    expect(await failure(() => gradientCheck(held.gpu, bare))).toMatchObject({
      message: 'gradientCheck: samples is empty, expected at least one sample',
    });
    expect(await gradientCheck(held.gpu, bare, { samples: [sample<One>('one', randn([2]))] })).toHaveLength(
      1,
    );
  });
});

describe('an op of one’s own', () => {
  test('made of formulas is fused with its neighbours', async () => {
    const { gpu } = held;
    const x = gpu.tensor([1, -2, 3], [3]);
    let found: ArrayLike<number> | undefined;
    const { dispatches } = await gpu.profile(async () => {
      found = await mul(relu(cube(x)), 2).data();
    });
    expect(dispatches).toBe(1);
    expect(found).toEqual(Float32Array.of(2, 0, 54));
  });

  test('is captured with the step that it is in', async () => {
    const { gpu } = held;
    const weight = gpu.tensor([2], [1], { requiresGrad: true });
    const step = gpu.capture((x: Tensor) => grad(cube(mul(x, weight)), [weight], gpu.ones([1])));
    const slopes: number[] = [];
    for (const value of [1, 2, 3, 4]) {
      const [slope] = step.replay(gpu.tensor([value], [1]));
      slopes.push(await slope.item());
    }
    expect(step.isCaptured).toBe(true);
    // d (x w)³ / d w = 3 x³ w²
    expect(slopes).toEqual([12, 96, 324, 768]);
    step.dispose();
  });

  const right = {
    name: 'right',
    parse: (...[x]: One) => ({ inputs: [x] as const, attrs: {} }),
    shape: ({ inputs: [x] }: { inputs: readonly [Tensor] }) => x.shape,
    forward: (_: Kernels, { inputs: [x] }: { inputs: readonly [Tensor] }) => x,
  };

  test.each([
    ['name', 'my op', "name is 'my op', expected letters"],
    ['name', undefined, 'name is missing, expected letters'],
    ['forward', undefined, "forward of 'right' is missing, expected a function"],
    ['parse', 3, "parse of 'right' is 3, expected a function"],
    ['backward', 'g', "backward of 'right' is 'g', expected a function, or nothing"],
  ])('is refused with its %s as %j', (rule, value, message) => {
    const define = () => Reflect.apply(defineOp, undefined, [{ ...right, [rule]: value }]);
    expect(define).toThrow(`defineOp: ${message}`);
  });

  test.each([
    ['forward', () => undefined, 'forward gave missing, expected a tensor'],
    ['forward', (k: Kernels) => k.zeros([2]), 'forward gave a tensor of [2], expected [3]'],
    ['backward', () => undefined, 'backward gave missing, expected an array with a gradient for each input'],
    ['backward', (k: Kernels) => [k.zeros([])], 'backward, entry 0, gave a tensor of [], expected [3]'],
    [
      'backward',
      (_: Kernels, { grad: g }: { grad: Tensor }) => [g, g],
      'backward, entry 1, is f32[3], expected nothing',
    ],
  ])('whose %s gives what it may not is refused when called', (rule, work, message) => {
    const { gpu } = held;
    const op = Reflect.apply(defineOp, undefined, [
      { ...right, backward: (_: Kernels, { grad: g }: { grad: Tensor }) => [g], [rule]: work },
    ]) as (x: Tensor) => Tensor;
    const x = gpu.zeros([3], { requiresGrad: true });
    expect(() => grad(op(x), [x], gpu.ones([3]))).toThrow(`right: ${message}`);
  });
});
