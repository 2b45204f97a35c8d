import { describe, expect, test } from 'vitest';
import { Adam, AdamW } from '../../src/optim/adam';
import { type Optimizer, OptimizerError } from '../../src/optim/optimizer';
import { RMSprop } from '../../src/optim/rmsprop';
import { SGD } from '../../src/optim/sgd';
import type { Tensor } from '../../src/tensor/tensor';
import { readGolden } from '../golden/read';
import { expectClose } from '../reference/close';
import { ref } from '../reference/ref';
import { useGpu } from '../use-gpu';

const held = useGpu();
const MAKERS = { SGD, Adam, AdamW, RMSprop };
type Case = ReturnType<typeof readGolden<'optim.json'>>['cases'][number];

function make({ op, options }: Case, parameters: ReadonlyMap<string, Tensor>): Optimizer {
  return new MAKERS[op](parameters, options);
}

/** Makes steps `from` to `to` of a case, and reads the parameter after each. */
async function run(golden: Case, optimizer: Optimizer, w: Tensor, from: number, to: number) {
  const { gradients } = golden.inputs;
  const path: number[] = [];
  for (let step = from; step < to; step++) {
    const grad = gradients.data.slice(step * w.size, (step + 1) * w.size);
    w.grad = held.gpu.tensor(Float32Array.from(grad), w.shape);
    optimizer.step();
    optimizer.zeroGrad();
    path.push(...(await w.data()));
  }
  return path;
}

const start = ({ inputs: { param } }: Case) => held.gpu.tensor(Float32Array.from(param.data), param.shape);

describe("PyTorch's figures", () => {
  const { cases } = readGolden('optim.json');
  test.each(cases.map((golden) => [golden.op, golden.name, golden] as const))(
    '%s, %s: ten steps end where PyTorch ends',
    async (_op, _name, golden) => {
      const w = start(golden);
      const path = await run(golden, make(golden, new Map([['w', w]])), w, 0, golden.output.shape[0]);
      expectClose(ref(golden.output.shape, path), golden.output, { relative: 2e-6, absolute: 2e-6 });
    },
  );

  test.each(
    [...new Map(cases.map((golden) => [golden.op, golden])).values()].map(
      (golden) => [golden.op, golden] as const,
    ),
  )('%s goes on bit for bit from a saved state', async (_op, golden) => {
    const whole = start(golden);
    const expected = await run(golden, make(golden, new Map([['w', whole]])), whole, 0, 10);

    const w = start(golden);
    const first = make(golden, new Map([['w', w]]));
    await run(golden, first, w, 0, 4);
    const { steps, tensors } = first.state();
    const saved = new Map(
      await Promise.all([...tensors].map(async ([name, t]) => [name, { data: await t.data() }] as const)),
    );
    first.dispose();
    const second = make(golden, new Map([['w', w]]));
    second.loadState({ steps, tensors: saved });
    expect(await run(golden, second, w, 4, 10)).toEqual(expected.slice(4 * w.size));
  });
});

const one = () => new Map([['w', held.gpu.ones([3], { requiresGrad: true })]]);

const twice = () => {
  const w = held.gpu.ones([3], { requiresGrad: true });
  return new Map([
    ['a', w],
    ['b', w],
  ]);
};

describe('options', () => {
  const nan = Number.NaN;
  test.each([
    ['SGD: lr is -1', () => new SGD(one(), { lr: -1 })],
    ['SGD: lr is NaN', () => new SGD(one(), { lr: nan })],
    ['SGD: momentum is -0.5', () => new SGD(one(), { lr: 1, momentum: -0.5 })],
    ['SGD: weightDecay is -2', () => new SGD(one(), { lr: 1, weightDecay: -2 })],
    ['SGD: nesterov needs a momentum above 0', () => new SGD(one(), { lr: 1, nesterov: true })],
    ['Adam: lr is -1', () => new Adam(one(), { lr: -1 })],
    ['Adam: a and b are one tensor; give it once', () => new Adam(twice())],
    ['Adam: eps is -1', () => new Adam(one(), { eps: -1 })],
    ['Adam: beta1 is -0.1', () => new Adam(one(), { betas: [-0.1, 0.9] })],
    ['Adam: betas are 0.9 and 1, expected less than 1', () => new Adam(one(), { betas: [0.9, 1] })],
    ['AdamW: weightDecay is -1', () => new AdamW(one(), { weightDecay: -1 })],
    ['RMSprop: alpha is -1', () => new RMSprop(one(), { alpha: -1 })],
    ['RMSprop: momentum is NaN', () => new RMSprop(one(), { momentum: nan })],
  ])('%s is refused', (message, construct) => {
    expect(construct).toThrow(OptimizerError);
    expect(construct).toThrow(message);
  });

  test('a weight decay of undefined is the default of AdamW', async () => {
    const [a, b] = [one(), one()];
    const optimizers = [new AdamW(a, { lr: 0.1 }), new AdamW(b, { lr: 0.1, weightDecay: undefined })];
    for (const w of [...a.values(), ...b.values()]) w.grad = held.gpu.ones([3]);
    for (const optimizer of optimizers) optimizer.step();
    expect(await b.get('w')?.data()).toEqual(await a.get('w')?.data());
  });
});

describe('step and zeroGrad', () => {
  test('a parameter without a gradient is skipped, weight decay and all', async () => {
    const { gpu } = held;
    const parameters = new Map([
      ['used', gpu.ones([5], { requiresGrad: true })],
      ['idle', gpu.ones([5], { requiresGrad: true })],
    ]);
    const [used, idle] = [...parameters.values()];
    for (const optimizer of [
      new SGD(parameters, { lr: 0.1, momentum: 0.9, weightDecay: 0.1 }),
      new Adam(parameters, { weightDecay: 0.1 }),
      new AdamW(parameters),
    ]) {
      const before = await used.data();
      used.grad = gpu.ones([5]);
      optimizer.step();
      optimizer.zeroGrad();
      expect(await used.data()).not.toEqual(before);
    }
    expect([...(await idle.data())]).toEqual([1, 1, 1, 1, 1]);
  });

  test('parameters of many sizes, more than one launch holds, move each by its own gradient', async () => {
    const { gpu } = held;
    const sizes = [1, 3, 255, 256, 257, 4, 1000, 64, 5, 2, 513, 7, 9];
    const parameters = new Map(
      sizes.map((size, i) => [String(i), gpu.full([size], i, { requiresGrad: true })] as const),
    );
    const gradient = (i: number, at: number) => Math.sin(1 + i * 7 + at * 0.3);
    const withGradient = [...parameters].filter(([, { size }]) => size !== 64);
    const [beta1, beta2, eps, lr] = [0.9, 0.999, 1e-8, 0.01];
    const optimizer = new Adam(parameters, { lr });
    for (let step = 0; step < 2; step++) {
      for (const [i, tensor] of withGradient)
        tensor.grad = gpu.tensor(
          Array.from({ length: tensor.size }, (_, at) => (step + 1) * gradient(Number(i), at)),
          tensor.shape,
        );
      optimizer.step();
      optimizer.zeroGrad();
    }
    for (const [i, tensor] of parameters) {
      const got = await tensor.data();
      for (const [at, value] of got.entries()) {
        let [p, m, v] = [Number(i), 0, 0];
        for (let step = 1; step <= 2 && tensor.size !== 64; step++) {
          const g = step * gradient(Number(i), at);
          m = beta1 * m + (1 - beta1) * g;
          v = beta2 * v + (1 - beta2) * g * g;
          p -= (lr * m) / (1 - beta1 ** step) / (Math.sqrt(v / (1 - beta2 ** step)) + eps);
        }
        expect(Math.abs(value - p)).toBeLessThan(1e-5);
      }
    }
  });

  test('zeroGrad frees the gradients, dispose the moments', () => {
    const { gpu } = held;
    const parameters = one();
    const before = gpu.memory();
    const optimizer = new Adam(parameters);
    expect(gpu.memory().tensors).toBe(before.tensors + 2);
    for (const w of parameters.values()) w.grad = gpu.ones([3]);
    optimizer.zeroGrad();
    expect([...parameters.values()].map(({ grad }) => grad)).toEqual([null]);
    expect(gpu.memory().tensors).toBe(before.tensors + 2);
    optimizer.dispose();
    expect(gpu.memory().tensors).toBe(before.tensors);
    expect(gpu.memory().bytesInUse).toBe(before.bytesInUse);
  });

  test('a step leaves no memory behind', () => {
    const { gpu } = held;
    const parameters = one();
    const optimizer = new AdamW(parameters);
    for (const w of parameters.values()) w.grad = gpu.ones([3]);
    const before = gpu.memory().bytesInUse;
    for (let i = 0; i < 5; i++) optimizer.step();
    expect(gpu.memory().bytesInUse).toBe(before);
  });
});

test('RMSprop says so where momentum is set after it was made without', () => {
  const parameters = one();
  const optimizer = new RMSprop(parameters);
  for (const w of parameters.values()) w.grad = held.gpu.ones([3]);
  optimizer.paramGroups[0].momentum = 0.9;
  expect(() => optimizer.step()).toThrow(
    'RMSprop: momentum is 0.9 now, and was 0 when the optimiser was made',
  );
});

describe('loadState', () => {
  const fit = { data: [1, 2, 3] };
  test.each([
    ['a moment is missing', { steps: 2, tensors: new Map([['m.w', fit]]) }, 'v.w is missing'],
    [
      'a moment is of another size',
      {
        steps: 2,
        tensors: new Map([
          ['m.w', fit],
          ['v.w', { data: [1, 2] }],
        ]),
      },
      'v.w is missing or of another size',
    ],
    [
      'a moment is not the optimiser’s',
      {
        steps: 2,
        tensors: new Map([
          ['m.w', fit],
          ['v.w', fit],
          ['velocity.w', fit],
        ]),
      },
      'velocity.w is not one of',
    ],
    [
      'the steps are no count',
      {
        steps: -1,
        tensors: new Map([
          ['m.w', fit],
          ['v.w', fit],
        ]),
      },
      'steps is -1',
    ],
  ])('where %s nothing is loaded', async (_, state, message) => {
    const optimizer = new Adam(one());
    expect(() => optimizer.loadState(state)).toThrow(OptimizerError);
    expect(() => optimizer.loadState(state)).toThrow(message);
    const { steps, tensors } = optimizer.state();
    expect(steps).toBe(0);
    expect([...((await tensors.get('m.w')?.data()) ?? [])]).toEqual([0, 0, 0]);
  });
});

test('a loaded state replaces the counts of steps that parameters missed', async () => {
  const { gpu } = held;
  const w = gpu.ones([1], { requiresGrad: true });
  const optimizer = new Adam(new Map([['w', w]]), { lr: 0.1 });
  optimizer.step(); // w misses it
  // As one step with the gradient 1 leaves it; another makes both unbiased moments 1, and the step is lr.
  const moments = { m: [0.1], v: [0.001] };
  optimizer.loadState({
    steps: 1,
    tensors: new Map(Object.entries(moments).map(([name, data]) => [`${name}.w`, { data }])),
  });
  w.grad = gpu.ones([1]);
  optimizer.step();
  expect(await w.item()).toBeCloseTo(0.9, 5);
});
