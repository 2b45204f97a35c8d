import { describe, expect, test } from 'vitest';
import { Linear, Sequential } from '../../src/nn/layers';
import { add } from '../../src/ops/arithmetic';
import { Adam, AdamW } from '../../src/optim/adam';
import { type Optimizer, OptimizerError } from '../../src/optim/optimizer';
import { RMSprop } from '../../src/optim/rmsprop';
import { SGD } from '../../src/optim/sgd';
import type { Tensor } from '../../src/tensor/tensor';
import { readGolden } from '../golden/read';
import { expectClose } from '../reference/close';
import { ref } from '../reference/ref';
import { useGpu } from '../use-gpu';
import { gradientAt, KEPT, parametersOf } from './long';

const held = useGpu();
type Golden = ReturnType<typeof readGolden<'optim-groups.json'>>['cases'][number];
const { cases } = readGolden('optim-groups.json');

function make(golden: Golden, parameters: readonly Tensor[]): Optimizer {
  const groups = golden.options.groups.map(({ options, tensors }) => ({
    ...options,
    params: new Map(tensors.map((place) => [`w${place}`, parameters[place]])),
  }));
  const makers = { SGD, Adam, AdamW, RMSprop };
  return new makers[golden.op](groups, { lr: 0.001, ...golden.options.own });
}

function setGradients(parameters: readonly Tensor[], step: number): void {
  for (const [place, parameter] of parameters.entries()) {
    const gradient = gradientAt(step, place);
    parameter.grad?.dispose();
    parameter.grad = gradient ? held.gpu.tensor(gradient, [4]) : null;
  }
}

async function run(optimizer: Optimizer, parameters: readonly Tensor[], from: number, to: number) {
  const path: number[] = [];
  for (let step = from; step < to; step++) {
    setGradients(parameters, step);
    optimizer.step();
    if ((step + 1) % KEPT > 0) continue;
    for (const parameter of parameters) path.push(...(await parameter.data()));
  }
  return path;
}

/** A state as a file gives it back. */
async function saved(optimizer: Optimizer) {
  const { steps, groups, tensors } = optimizer.state();
  const read = [...tensors].map(async ([name, tensor]) => [name, { data: await tensor.data() }] as const);
  return { ...JSON.parse(JSON.stringify({ steps, groups })), tensors: new Map(await Promise.all(read)) };
}

describe.each(cases.map((golden) => [golden.op, golden] as const))('%s in groups', (_, golden) => {
  const start = () => [...parametersOf(held.gpu, golden.inputs.start).values()];

  test('goes where PyTorch’s groups go', async () => {
    const parameters = start();
    const path = await run(make(golden, parameters), parameters, 0, KEPT * golden.output.shape[0]);
    expectClose(ref(golden.output.shape, path), golden.output, { relative: 2e-5, absolute: 2e-5 });
  });

  test('goes on bit for bit from a saved state, rates that changed included', async () => {
    const whole = start();
    const first = make(golden, whole);
    await run(first, whole, 0, 25);
    first.paramGroups[1].lr *= 0.5;
    const state = await saved(first);
    const parameters = await Promise.all(
      whole.map(async (tensor) => held.gpu.tensor(await tensor.data(), [4], { requiresGrad: true })),
    );
    const expected = await run(first, whole, 25, 50);
    const second = make(golden, parameters);
    second.loadState(state);
    expect(await run(second, parameters, 25, 50)).toEqual(expected);
    expect(second.state().groups).toEqual(first.state().groups);
  });
});

describe('groups', () => {
  const w = () => held.gpu.ones([2], { requiresGrad: true });

  test('of two parts of a network may have parameters of one name', async () => {
    const [body, head] = [new Linear(held.gpu, 2, 2), new Linear(held.gpu, 2, 1)];
    const net = new Sequential(body, head);
    const sgd = new SGD([{ params: body.parameters() }, { params: head.parameters(), lr: 0 }], { lr: 0.5 });
    expect([...sgd.state().tensors.keys()]).toEqual([
      'velocity.0.weight',
      'velocity.0.bias',
      'velocity.1.weight',
      'velocity.1.bias',
    ]);
    const before = await Promise.all([...net.parameters().values()].map((tensor) => tensor.data()));
    for (const parameter of net.parameters().values()) parameter.grad = held.gpu.ones(parameter.shape);
    sgd.step();
    const after = await Promise.all([...net.parameters().values()].map((tensor) => tensor.data()));
    for (const i of [0, 1]) expect([...after[i]]).toEqual([...before[i]].map((x) => Math.fround(x - 0.5)));
    for (const i of [2, 3]) expect(after[i]).toEqual(before[i]);
  });

  test('have the optimiser’s options where they have none, also where one is undefined', () => {
    const params = () => new Map([['w', w()]]);
    const adam = new Adam(
      [
        { params: params(), lr: undefined, eps: 1e-3 },
        { params: params(), amsgrad: true },
      ],
      {
        lr: 0.1,
        weightDecay: 0.2,
      },
    );
    expect(adam.state().groups).toEqual([
      { lr: 0.1, betas: [0.9, 0.999], eps: 1e-3, weightDecay: 0.2, amsgrad: false },
      { lr: 0.1, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0.2, amsgrad: true },
    ]);
    expect([...adam.state().tensors.keys()].filter((name) => name.startsWith('max.'))).toEqual(['max.1.w']);
  });

  test('all get the rate that `lr` is set to, and give the first one’s', () => {
    const params = () => new Map([['w', w()]]);
    const sgd = new SGD([{ params: params(), lr: 0.3 }, { params: params() }], { lr: 0.1 });
    expect(sgd.lr).toBe(0.3);
    sgd.lr = 0.2;
    expect(sgd.paramGroups.map(({ lr }) => lr)).toEqual([0.2, 0.2]);
  });

  test('a network’s tensor that nobody lists is missed in groups, too', () => {
    class Hidden extends Sequential {
      readonly #w = held.gpu.ones([2], { requiresGrad: true });
      override forward(x: Tensor): Tensor {
        return add(super.forward(x), this.#w);
      }
    }
    const net = new Hidden(new Linear(held.gpu, 2, 2));
    const sgd = new SGD([{ params: net.parameters() }], { lr: 0.1 });
    net.forward(held.gpu.ones([1, 2]));
    expect(() => sgd.step()).toThrow(/SGD: a tensor f32\[2\] with requiresGrad takes part .* of Hidden/);
  });

  test.each([
    ['SGD: there is no group, expected one or more', () => new SGD([], { lr: 1 })],
    [
      'Adam, group 1: lr is -1',
      () => new Adam([{ params: new Map() }, { params: new Map([['w', w()]]), lr: -1 }]),
    ],
    [
      'RMSprop: 0.a and 1.b are one tensor; give it once',
      () => {
        const one = w();
        return new RMSprop([{ params: new Map([['a', one]]) }, { params: new Map([['b', one]]) }]);
      },
    ],
    [
      'AdamW, group 0: betas are 1 and 0.9, expected less than 1',
      () => new AdamW([{ params: new Map(), betas: [1, 0.9] }]),
    ],
  ])('%s', (message, construct) => {
    expect(construct).toThrow(OptimizerError);
    expect(construct).toThrow(message);
  });

  test('that are lists are refused, with what to write', () => {
    const groups = [{ params: [w()] }] as unknown as ConstructorParameters<typeof Adam>[0];
    expect(() => new Adam(groups)).toThrow(
      "Adam, group 0: params is an array of 1, expected a Map of names to tensors, such as net.parameters() or new Map([['w', w]])",
    );
  });
});

describe('a state', () => {
  const one = () => new Map([['w', held.gpu.ones([1])]]);
  const adam = (amsgrad = false) => new Adam([{ params: one(), lr: 0.5 }], { amsgrad });
  const moments = { tensors: new Map(['m.0.w', 'v.0.w'].map((name) => [name, { data: [0] }])), steps: 3 };

  test.each([
    ['of more groups', [{ lr: 1 }, { lr: 1 }], 'loadState: the state has 2 groups, this optimiser has 1'],
    [
      'of another kind',
      [{ momentum: 0.5 }],
      'loadState: momentum of group 0 is 0.5; the state is of another',
    ],
    ['with another flag', [{ amsgrad: true }], 'loadState: amsgrad of group 0 is true, here it is false'],
    [
      'of a text',
      [{ lr: 'high' as unknown as number }],
      'loadState: lr of group 0 is "high", here it is 0.5',
    ],
    ['below 0', [{ lr: 0.1, eps: -1 }], 'loadState: eps of group 0 is -1, here it is 1e-8'],
  ])('%s is refused, and nothing is loaded', (_, groups, message) => {
    const optimizer = adam();
    expect(() => optimizer.loadState({ ...moments, groups })).toThrow(message);
    expect(optimizer.state()).toMatchObject({ steps: 0, groups: [{ lr: 0.5 }] });
  });

  test('without groups leaves options as they are', () => {
    const optimizer = adam();
    optimizer.loadState(moments);
    expect(optimizer.state()).toMatchObject({ steps: 3, groups: [{ lr: 0.5 }] });
  });
});
