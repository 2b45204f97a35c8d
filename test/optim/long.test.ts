import { describe, expect, test } from 'vitest';
import { Adam, AdamW } from '../../src/optim/adam';
import { RMSprop } from '../../src/optim/rmsprop';
import { SGD } from '../../src/optim/sgd';
import type { Tensor } from '../../src/tensor/tensor';
import { readGolden } from '../golden/read';
import { expectClose } from '../reference/close';
import { ref } from '../reference/ref';
import { useGpu } from '../use-gpu';
import { gradientAt, KEPT, parametersOf } from './long';

const held = useGpu();
const MAKERS = { SGD, Adam, AdamW, RMSprop };
const STEPS = 1000;

const { cases } = readGolden('optim-long.json');

function setGradients(parameters: ReadonlyMap<string, Tensor>, step: number): void {
  for (const [tensor, parameter] of [...parameters.values()].entries()) {
    const gradient = gradientAt(step, tensor);
    parameter.grad?.dispose();
    parameter.grad = gradient ? held.gpu.tensor(gradient, [4]) : null;
  }
}

describe('a thousand steps with gradients that come late, are missing or are zero', () => {
  test.each(cases.map((golden) => [golden.op, golden.name, golden] as const))(
    '%s, %s: go where PyTorch’s go',
    async (_op, _name, golden) => {
      const parameters = parametersOf(held.gpu, golden.inputs.start);
      const optimizer = new MAKERS[golden.op](parameters, golden.options);
      const path: number[] = [];
      for (let step = 0; step < STEPS; step++) {
        setGradients(parameters, step);
        optimizer.step();
        if ((step + 1) % KEPT > 0) continue;
        const now = await Promise.all([...parameters.values()].map((parameter) => parameter.data()));
        path.push(...now.flatMap((values) => [...values]));
      }
      expectClose(ref(golden.output.shape, path), golden.output, { relative: 2e-5, absolute: 2e-5 });
    },
  );

  test('a saved state holds what each parameter missed', async () => {
    const run = async (parameters: ReadonlyMap<string, Tensor>, adam: Adam, from: number, to: number) => {
      for (let step = from; step < to; step++) {
        setGradients(parameters, step);
        adam.step();
      }
      return Promise.all([...parameters.values()].map((parameter) => parameter.data()));
    };
    const [{ inputs }] = cases;
    const whole = parametersOf(held.gpu, inputs.start);
    const expected = await run(whole, new Adam(whole), 0, 120);

    const parameters = parametersOf(held.gpu, inputs.start);
    const first = new Adam(parameters);
    await run(parameters, first, 0, 110);
    const { steps, tensors } = first.state();
    const names = [...tensors.keys()].filter((name) => name.startsWith('missed.'));
    expect(names.sort()).toEqual(['missed.w1', 'missed.w2']);
    const saved = new Map(
      await Promise.all(
        [...tensors].map(async ([name, tensor]) => [name, { data: await tensor.data() }] as const),
      ),
    );
    const second = new Adam(parameters);
    second.loadState({ steps, tensors: saved });
    expect(await run(parameters, second, 110, 120)).toEqual(expected);
  });
});

test('a second moment that forgets nothing is not lost to rounding: a step of constant gradient', async () => {
  const { gpu } = held;
  const w = gpu.tensor([1], [1], { requiresGrad: true });
  const adam = new Adam(new Map([['w', w]]), { lr: 0.001, betas: [0.9, 0.9999999] });
  for (let step = 0; step < 1000; step++) {
    w.grad?.dispose();
    w.grad = gpu.tensor([0.01], [1]);
    adam.step();
  }
  // With a constant gradient both moments are that of the gradient: every step is lr, but for ε.
  expect((await w.data())[0]).toBeCloseTo(0, 2);
});

test('a gradient that hardly varies has a variance above 0 when RMSprop is centred', async () => {
  const { gpu } = held;
  const w = gpu.tensor([1], [1], { requiresGrad: true });
  const rmsprop = new RMSprop(new Map([['w', w]]), { lr: 1e-5, alpha: 0.9, centered: true });
  let [p, mean, square] = [1, 0, 0]; // as PyTorch has it, in f64
  for (let step = 0; step < 100; step++) {
    const gradient = 1 + (step % 2) / 1024;
    w.grad?.dispose();
    w.grad = gpu.tensor([gradient], [1]);
    rmsprop.step();
    square = 0.9 * square + 0.1 * gradient ** 2;
    mean = 0.9 * mean + 0.1 * gradient;
    p -= (1e-5 * gradient) / (Math.sqrt(square - mean ** 2) + 1e-8);
  }
  expect(Math.abs((await w.data())[0] - p)).toBeLessThan(1e-3 * Math.abs(1 - p));
});
