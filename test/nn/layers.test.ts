import { describe, expect, test } from 'vitest';
import { backward, grad } from '../../src/autograd/backward';
import { noGrad } from '../../src/autograd/tape';
import { BatchNorm2d, Conv2d, Dropout, Flatten, Linear, ReLU, ReLU6, Sequential } from '../../src/nn/layers';
import { AvgPool2d, GlobalAvgPool2d, MaxPool2d } from '../../src/nn/pools';
import { sum } from '../../src/ops/reduction';
import { ShapeError } from '../../src/tensor/shape';
import type { Tensor } from '../../src/tensor/tensor';
import { readGolden } from '../golden/read';
import { expectClose } from '../reference/close';
import { conv2d } from '../reference/conv';
import { relu } from '../reference/elementwise';
import { linear } from '../reference/matmul';
import { batchNorm2dTrain, updateRunningStatistics } from '../reference/norm';
import * as pool from '../reference/pool';
import { type Ref, ref } from '../reference/ref';
import { flatten } from '../reference/shape';
import { useGpu } from '../use-gpu';
import { CLOSE, normal, onGpu, readRef, readState } from './refs';

const held = useGpu();
const images = normal([2, 3, 7, 6]);

describe('Linear', () => {
  test('matches the f64 reference', async () => {
    const layer = new Linear(held.gpu, 5, 3);
    const { weight, bias } = await readState(layer);
    const x = normal([4, 5]);
    expectClose(await readRef(layer.forward(onGpu(held.gpu, x))), linear(x, weight, bias), CLOSE);
  });

  test('without a bias has one parameter', async () => {
    const layer = new Linear(held.gpu, 5, 3, { bias: false });
    expect([...layer.parameters().keys()]).toEqual(['weight']);
    const { weight } = await readState(layer);
    const x = normal([4, 5]);
    expectClose(await readRef(layer.forward(onGpu(held.gpu, x))), linear(x, weight), CLOSE);
  });
});

describe('Conv2d', () => {
  test('passes stride, padding, dilation and groups on', async () => {
    const options = { stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 3 } as const;
    const layer = new Conv2d(held.gpu, 3, 6, [3, 2], options);
    const { weight, bias } = await readState(layer);
    expect(weight.shape).toEqual([6, 1, 3, 2]);
    const result = await readRef(layer.forward(onGpu(held.gpu, images)));
    expectClose(result, conv2d(images, weight, { ...options, bias }), CLOSE);
  });

  test('without a bias has one parameter', () => {
    const layer = new Conv2d(held.gpu, 3, 6, 3, { bias: false });
    expect([...layer.parameters().keys()]).toEqual(['weight']);
  });

  test.each([
    [3, 4, 2],
    [4, 3, 2],
    [4, 4, 0],
  ])('%i to %i channels in %i groups is refused', (from, to, groups) => {
    expect(() => new Conv2d(held.gpu, from, to, 3, { groups })).toThrow(ShapeError);
    expect(() => new Conv2d(held.gpu, from, to, 3, { groups })).toThrow(`divide into ${groups} groups`);
  });

  test('a kernel size of 0 is refused', () => {
    expect(() => new Conv2d(held.gpu, 1, 1, 0)).toThrow('kernelSize is 0');
  });
});

describe('BatchNorm2d', () => {
  test("in training normalises by the batch's statistics and moves the running ones", async () => {
    const layer = new BatchNorm2d(held.gpu, 3, { momentum: 0.3, eps: 1e-3 });
    const [weight, bias] = [normal([3], 2), normal([3], 3)];
    layer.loadStateDict(
      new Map(
        Object.entries({ weight, bias, running_mean: normal([3], 4), running_var: ref([3], [1, 2, 3]) }),
      ),
    );
    const result = await readRef(layer.forward(onGpu(held.gpu, images)));
    expectClose(result, batchNorm2dTrain(images, { weight, bias, eps: 1e-3 }), CLOSE);
    const state = await readState(layer);
    const moved = updateRunningStatistics(images, normal([3], 4), ref([3], [1, 2, 3]), 0.3);
    expectClose(state.running_mean, moved.runningMean, CLOSE);
    expectClose(state.running_var, moved.runningVar, CLOSE);
  });

  test("matches PyTorch's figures, learnt or not, training or not", async () => {
    const { cases } = readGolden('batchnorm.json');
    expect(cases.length).toBeGreaterThan(0);
    for (const { inputs, options, output } of cases) {
      const { input, weight, bias, runningMean, runningVar } = inputs;
      if (Boolean(weight) !== Boolean(bias)) continue; // the layer learns both or neither
      const affine = weight !== undefined;
      const layer = new BatchNorm2d(held.gpu, input.shape[1], { ...options, affine });
      const [zeros, ones] = [0, 1].map((value) =>
        ref([input.shape[1]], new Array(input.shape[1]).fill(value)),
      );
      const entries: [string, Ref][] = [
        ['running_mean', runningMean ?? zeros],
        ['running_var', runningVar ?? ones],
      ];
      if (affine) entries.push(['weight', weight], ['bias', bias]);
      layer.loadStateDict(new Map(entries));
      layer.train(options.training);
      expectClose(await readRef(layer.forward(onGpu(held.gpu, input))), output, CLOSE);
    }
  });

  test('in evaluation leaves the running statistics alone', async () => {
    const layer = new BatchNorm2d(held.gpu, 3).eval();
    layer.forward(onGpu(held.gpu, images));
    const state = await readState(layer);
    expect([...state.running_mean.data]).toEqual([0, 0, 0]);
    expect([...state.running_var.data]).toEqual([1, 1, 1]);
  });
});

describe('pools, ReLU and Flatten', () => {
  const options = { stride: [2, 1], padding: 1 } as const;
  const kernel = [3, 2] as const;
  const padded = { kernel, stride: [2, 1], padding: [1, 1] } as const;
  const cases = [
    ['MaxPool2d', () => new MaxPool2d(2), pool.maxPool2d(images, { kernel: [2, 2] })],
    ['MaxPool2d with options', () => new MaxPool2d(kernel, options), pool.maxPool2d(images, padded)],
    ['AvgPool2d', () => new AvgPool2d(2), pool.avgPool2d(images, { kernel: [2, 2] })],
    [
      'AvgPool2d that does not count padding',
      () => new AvgPool2d(kernel, { ...options, countIncludePad: false }),
      pool.avgPool2d(images, { ...padded, countIncludePad: false }),
    ],
    ['GlobalAvgPool2d', () => new GlobalAvgPool2d(), pool.globalAvgPool2d(images)],
    ['ReLU', () => new ReLU(), relu(images)],
    ['Flatten', () => new Flatten(), flatten(images, 1)],
  ] as const;

  test.each(cases)('%s matches the f64 reference', async (_, make, expected) => {
    const layer = make();
    expect(layer.stateDict().size).toBe(0);
    expectClose(await readRef(layer.forward(onGpu(held.gpu, images))), expected, CLOSE);
  });
});

test('ReLU6 cuts at 0 and 6, and hands on gradients between them only', async () => {
  const x = held.gpu.tensor([-1, 0, 0.5, 3, 6.5, 100], [6], { requiresGrad: true });
  const y = new ReLU6().forward(x);
  expect([...(await y.data())]).toEqual([0, 0, 0.5, 3, 6, 6]);
  const [dx] = grad(sum(y), [x]);
  expect([...(await dx.data())]).toEqual([0, 0, 1, 1, 0, 0]);
});

describe('Sequential', () => {
  test('a ReLU after a convolution or a linear layer needs no kernel of its own, and changes no gradient', async () => {
    const { gpu } = held;
    const layers = [
      new Conv2d(gpu, 2, 3, 3, { padding: 1 }),
      new ReLU(),
      new Flatten(),
      new Linear(gpu, 48, 4, { bias: false }),
      new ReLU(),
    ];
    const net = new Sequential(...layers);
    const x = gpu.randn([3, 2, 4, 4], { seed: 3, requiresGrad: true });
    const seed = gpu.randn([3, 4], { seed: 4 });
    const gradients = async (forward: () => Tensor) => {
      const y = forward();
      backward(y, seed);
      const leaves = [x, ...net.parameters().values()];
      const results = await Promise.all(
        [y, ...leaves.map(({ grad }) => grad as Tensor)].map((t) => t.data()),
      );
      for (const leaf of leaves) leaf.grad = null;
      return results;
    };
    const apart = await gradients(() => layers.reduce((value, layer) => layer.forward(value), x));
    const { recorder } = gpu.runtime;
    const before = recorder.dispatches;
    void gpu.scope(() => net.forward(x)).buffer;
    expect(recorder.dispatches - before).toBe(2);
    expect(await gradients(() => net.forward(x))).toEqual(apart);
  });

  test('runs its layers in order', async () => {
    const net = new Sequential(
      new Conv2d(held.gpu, 3, 4, 3, { padding: 1 }),
      new ReLU(),
      new MaxPool2d(2),
      new Flatten(),
      new Linear(held.gpu, 36, 5),
    );
    const state = await readState(net);
    const hidden = relu(conv2d(images, state['0.weight'], { bias: state['0.bias'], padding: [1, 1] }));
    const features = flatten(pool.maxPool2d(hidden, { kernel: [2, 2] }), 1);
    const expected = linear(features, state['4.weight'], state['4.bias']);
    expectClose(await readRef(net.forward(onGpu(held.gpu, images))), expected, CLOSE);
  });

  test('of named layers has their names, in the order they were given', async () => {
    const net = Sequential.named({
      stem: new Linear(held.gpu, 3, 4),
      relu: new ReLU(),
      last: new Linear(held.gpu, 4, 2),
    });
    expect([...net.parameters().keys()]).toEqual(['stem.weight', 'stem.bias', 'last.weight', 'last.bias']);
    const state = await readState(net);
    const x = normal([5, 3]);
    const hidden = relu(linear(x, state['stem.weight'], state['stem.bias']));
    const expected = linear(hidden, state['last.weight'], state['last.bias']);
    expectClose(await readRef(net.forward(onGpu(held.gpu, x))), expected, CLOSE);
  });

  test('of no layers passes its input on', () => {
    const x = held.gpu.zeros([1]);
    expect(new Sequential().forward(x)).toBe(x);
  });
});

describe('Dropout', () => {
  const ones = () => held.gpu.ones([4000]);
  const mask = async (layer: { forward: (x: ReturnType<typeof ones>) => ReturnType<typeof ones> }) => [
    ...(await noGrad(() => layer.forward(ones())).data()),
  ];

  test('in training zeroes a share p and scales up the rest', async () => {
    const values = await mask(new Dropout(0.25));
    const zeros = values.filter((value) => value === 0).length;
    expect(new Set(values)).toEqual(new Set([0, Math.fround(4 / 3)]));
    // Five standard deviations of a binomial draw.
    expect(Math.abs(zeros / 4000 - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / 4000));
  });

  test('in evaluation passes its input on', async () => {
    expect(new Set(await mask(new Dropout(0.5).eval()))).toEqual(new Set([1]));
  });

  test('draws another mask each call, and the same ones again in a layer made anew', async () => {
    const [a, b] = [new Dropout(0.5, 3), new Dropout(0.5, 3)];
    const [first, second] = [await mask(a), await mask(a)];
    expect(second).not.toEqual(first);
    expect([await mask(b), await mask(b)]).toEqual([first, second]);
    expect(await mask(new Dropout(0.5, 4))).not.toEqual(first);
  });

  test("after seek a mask follows from the step and the layer's place, not from earlier calls", async () => {
    const made = () => {
      const layers = [new Dropout(), new Dropout()];
      return { layers, net: new Sequential(layers[0], new Sequential(layers[1])) };
    };
    const [used, fresh] = [made(), made()];
    for (const layer of used.layers) await mask(layer);
    used.net.seek(7);
    fresh.net.seek(7);
    const masks = await Promise.all(used.layers.map(mask));
    expect(await Promise.all(fresh.layers.map(mask))).toEqual(masks);
    expect(masks[0]).not.toEqual(masks[1]);
    fresh.net.seek(8);
    expect(await mask(fresh.layers[0])).not.toEqual(masks[0]);
  });
});
