import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openGpu } from '../../src/node';
import { Adam, AdamW } from '../../src/optim/adam';
import type { Optimizer } from '../../src/optim/optimizer';
import { SGD } from '../../src/optim/sgd';
import { DTypeError } from '../../src/tensor/dtype';
import type { Gpu } from '../../src/tensor/gpu';
import { DeviceError } from '../../src/tensor/guard-tensor';
import { ShapeError } from '../../src/tensor/shape';
import type { Tensor } from '../../src/tensor/tensor';

let gpu: Gpu;
let other: Gpu;
beforeAll(async () => {
  [gpu, other] = [await openGpu(), await openGpu()];
});
afterAll(() => {
  gpu.dispose();
  other.dispose();
});

const OPTIMIZERS: [string, (parameters: Map<string, Tensor>) => Optimizer][] = [
  ['SGD', (parameters) => new SGD(parameters, { lr: 0.5 })],
  ['Adam', (parameters) => new Adam(parameters, { lr: 0.5 })],
  ['AdamW', (parameters) => new AdamW(parameters, { lr: 0.5 })],
];
type Refusal = typeof DTypeError | typeof ShapeError | typeof DeviceError;
const WRONG: [string, () => Tensor, Refusal, string][] = [
  [
    'of whole numbers',
    () => gpu.tensor(Int32Array.of(1, 1), [2]),
    DTypeError,
    'the gradient of w must be f32, got i32[2]',
  ],
  [
    'of one element',
    () => gpu.ones([1]),
    ShapeError,
    'the gradient of w is f32[1], expected the parameter’s shape [2]',
  ],
  [
    'of more elements',
    () => gpu.ones([2, 2]),
    ShapeError,
    'the gradient of w is f32[2,2], expected the parameter’s shape [2]',
  ],
  [
    'of another shape and as many elements',
    () => gpu.ones([2, 1]),
    ShapeError,
    'the gradient of w is f32[2,1], expected the parameter’s shape [2]',
  ],
  ['of another GPU', () => other.ones([2]), DeviceError, 'the gradient of w is on another GPU than w'],
];

describe.each(OPTIMIZERS)('%s', (name, make) => {
  test.each(WRONG)('refuses a gradient %s, and moves nothing', async (_, wrong, error, message) => {
    const [w, v] = [
      gpu.tensor([1, 2], [2], { requiresGrad: true }),
      gpu.tensor([3], [1], { requiresGrad: true }),
    ];
    const optimizer = make(
      new Map([
        ['v', v],
        ['w', w],
      ]),
    );
    [v.grad, w.grad] = [gpu.ones([1]), wrong()];
    const step = () => optimizer.step();
    expect(step).toThrow(error);
    expect(step).toThrow(`${name}: ${message}`);
    expect([...(await w.data()), ...(await v.data())]).toEqual([1, 2, 3]);
    expect(optimizer.state().steps).toBe(0);
    w.grad = gpu.ones([2]);
    optimizer.step();
    expect([...(await w.data())][0]).toBeLessThan(1);
  });

  test('refuses parameters of whole numbers, and of two GPUs', () => {
    const whole = gpu.tensor(Int32Array.of(1), [1]);
    expect(() => make(new Map([['w', whole]]))).toThrow(`${name}: parameter w must be f32, got i32[1]`);
    const two = new Map([
      ['a', gpu.ones([1])],
      ['b', other.ones([1])],
    ]);
    expect(() => make(two)).toThrow(DeviceError);
  });

  test('refuses a list of parameters, with what to write', () => {
    const list = [gpu.ones([1])] as unknown as Map<string, Tensor>;
    expect(() => make(list)).toThrow(
      `${name}: parameters is an array of 1, expected a Map of names to tensors, such as net.parameters() or new Map([['w', w]])`,
    );
  });
});

test('a state of tensors is refused, with what to write', () => {
  const make = () => new Adam(new Map([['w', gpu.ones([1])]]));
  const state = make().state() as unknown as Parameters<Adam['loadState']>[0];
  expect(() => make().loadState(state)).toThrow(
    'loadState: moment m.w is a tensor, expected its values; read it first',
  );
});
