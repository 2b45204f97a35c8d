import { beforeAll, describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import { perSampleSquares } from '../../src/autograd/per-sample';
import { conv2d } from '../../src/ops/conv2d/conv2d';
import type { Conv2dOptions } from '../../src/ops/conv2d/define';
import { fillSpecs, makeTensor } from '../../src/ops/sample';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import { ShapeError } from '../../src/tensor/shape';
import type { Tensor } from '../../src/tensor/tensor';
import { readGolden } from '../golden/read';
import { expectClose } from '../reference/close';
import { type Ref, ref } from '../reference/ref';
import { useGpu } from '../use-gpu';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const upload = ({ shape, data }: Ref, requiresGrad = false) =>
  gpu.tensor(Float32Array.from(data), shape, { requiresGrad });
const download = async (tensor: Tensor) => ref([...tensor.shape], await tensor.data());

describe('conv2d against PyTorch', () => {
  const EXACT_IN_F32 = { relative: 1e-6, absolute: 1e-6 };
  for (const { name, inputs, options, output, gradOutput, grads } of readGolden('conv2d.json').cases) {
    test(`conv2d › ${name}: the result and gradients are PyTorch's`, async () => {
      const { input, weight, bias } = Object.fromEntries(
        Object.entries(inputs).map(([key, value]) => [key, upload(value, true)]),
      );
      const result = conv2d(input, weight, { ...options, bias });
      expectClose(await download(result), output, EXACT_IN_F32);
      const wanted = bias ? { input, weight, bias } : { input, weight };
      if (!gradOutput) throw new Error(`${name} has no gradient`);
      const found = grad(result, Object.values(wanted), upload(gradOutput));
      for (const [i, key] of Object.keys(wanted).entries()) {
        expectClose(await download(found[i]), grads[key], EXACT_IN_F32);
      }
    });
  }
});

describe('conv2d per sample', () => {
  /** Σ_n (∂ of sample n alone)², one backward pass a sample. */
  async function squaresOneByOne(
    x: Ref,
    g: Ref,
    weight: Tensor,
    options: Conv2dOptions,
  ): Promise<Map<Tensor, Ref>> {
    const parameters = options.bias ? [weight, options.bias] : [weight];
    const totals = new Map(parameters.map((p) => [p, ref([...p.shape], new Float64Array(p.size))]));
    const samples = x.shape[0];
    const row = (of: Ref, n: number): Ref => {
      const length = of.data.length / samples;
      return ref([1, ...of.shape.slice(1)], of.data.slice(n * length, (n + 1) * length));
    };
    for (let n = 0; n < samples; n++) {
      const grads = grad(conv2d(upload(row(x, n)), weight, options), parameters, upload(row(g, n)));
      for (const [i, parameter] of parameters.entries()) {
        const total = totals.get(parameter);
        const values = await grads[i].data();
        total?.data.forEach((sum, at) => {
          total.data[at] = sum + values[at] ** 2;
        });
      }
    }
    return totals;
  }

  for (const { title, args } of conv2d.record.samples()) {
    test(`conv2d › ${title}: squares of per-sample gradients match one backward pass a sample`, async () => {
      let next = 0;
      const made = fillSpecs(args, (spec) => makeTensor(gpu, spec, new Random(3, next++)));
      const [, weight, options = {}] = made as [Tensor, Tensor, Conv2dOptions?];
      const random = new Random(5);
      const normal = (shape: readonly number[]) => {
        const size = shape.reduce((product, length) => product * length, 1);
        return ref(
          shape,
          Array.from({ length: size }, () => Math.fround(random.normal())),
        );
      };
      const x = normal([5, ...args[0].shape.slice(1)]);
      const result = conv2d(upload(x), weight, options);
      const g = normal(result.shape);
      const parameters = options.bias ? [weight, options.bias] : [weight];
      const squares = perSampleSquares(result, upload(g), new Set(parameters));
      const expected = await squaresOneByOne(x, g, weight, options);
      for (const [parameter, square] of expected) {
        const found = squares.get(parameter);
        if (!found) throw new Error(`no squares for ${parameter}`);
        expectClose(await download(found), square, { relative: 1e-4, absolute: 1e-6 });
      }
    });
  }
});

describe('conv2d at large', () => {
  test('conv2d › the same call twice gives the same bits, weight gradient included', async () => {
    const run = async () => {
      const x = gpu.randn([32, 3, 28, 28], { seed: 1, requiresGrad: true });
      const weight = gpu.randn([8, 3, 5, 5], { seed: 2, requiresGrad: true });
      const result = conv2d(x, weight, { padding: 2 });
      const grads = grad(result, [x, weight], gpu.randn(result.shape, { seed: 3 }));
      return Promise.all([result, ...grads].map((tensor) => tensor.data()));
    };
    expect(await run()).toEqual(await run());
  });

  test('conv2d › a batch of none has an empty result and a gradient of zeros', async () => {
    const weight = gpu.ones([2, 3, 3, 3], { requiresGrad: true });
    const result = conv2d(gpu.zeros([0, 3, 5, 5]), weight);
    expect(result.shape).toEqual([0, 2, 3, 3]);
    const [found] = grad(result, [weight], gpu.zeros(result.shape));
    expect([...(await found.data())]).toEqual(new Array(54).fill(0));
  });

  test('conv2d › one image without a batch has no gradients of single samples', () => {
    const weight = gpu.ones([2, 3, 3, 3], { requiresGrad: true });
    const result = conv2d(gpu.zeros([3, 5, 5]), weight);
    const squares = () => perSampleSquares(result, gpu.ones(result.shape), new Set([weight]));
    expect(squares).toThrow(
      'conv2d: gradients of single samples need an axis of samples, got the input [3,5,5]',
    );
  });

  test('conv2d › forward leaves no tensor behind but its result', () => {
    const x = gpu.ones([1, 2, 4, 4]);
    const weight = gpu.ones([2, 2, 3, 3]);
    const before = gpu.memory().tensors;
    conv2d(x, weight).dispose();
    expect(gpu.memory().tensors).toBe(before);
  });
});

describe('conv2d with arguments that do not fit', () => {
  const cases: [title: string, x: number[], weight: number[], options: Conv2dOptions, message: string][] = [
    [
      'an input of two axes',
      [8, 8],
      [2, 3, 3, 3],
      {},
      'conv2d: input [8,8] has 2 axes, expected 4: [N,C,H,W], or 3 without a batch: [C,H,W]',
    ],
    [
      "padding 'same' with a stride",
      [1, 3, 8, 8],
      [2, 3, 3, 3],
      { padding: 'same', stride: 2 },
      "conv2d: padding 'same' keeps the size where the stride is 1, got [2,2]; give the padding in numbers",
    ],
    [
      'a weight of two axes',
      [1, 3, 8, 8],
      [2, 3],
      {},
      'conv2d: weight has shape [2,3], expected 4 axes of at least 1: [O, C/groups, KH, KW]',
    ],
    [
      'a kernel of size 0',
      [1, 3, 8, 8],
      [2, 3, 0, 3],
      {},
      'conv2d: weight has shape [2,3,0,3], expected 4 axes of at least 1: [O, C/groups, KH, KW]',
    ],
    [
      'channels that differ',
      [1, 3, 8, 8],
      [32, 16, 5, 5],
      {},
      'conv2d: input has 3 channels, weight expects 16 (weight shape [32,16,5,5], groups 1)',
    ],
    [
      'groups that do not divide the filters',
      [1, 4, 8, 8],
      [3, 2, 3, 3],
      { groups: 2 },
      'conv2d: groups is 2, expected a whole number that divides the 3 output channels (weight shape [3,2,3,3], groups 2)',
    ],
    [
      'no groups at all',
      [1, 4, 8, 8],
      [3, 4, 3, 3],
      { groups: 0 },
      'conv2d: groups is 0, expected a whole number that divides the 3 output channels (weight shape [3,4,3,3], groups 0)',
    ],
    [
      'a kernel larger than the image',
      [1, 1, 8, 3],
      [1, 1, 3, 3],
      { dilation: 2 },
      'conv2d: kernel covers 5 pixels of width, the padded input has 3; add padding (weight shape [1,1,3,3], groups 1)',
    ],
    [
      'a stride of 0',
      [1, 1, 8, 8],
      [1, 1, 3, 3],
      { stride: 0 },
      'conv2d: stride is 0, expected a whole number of at least 1 or a pair [height, width] of them',
    ],
    [
      'a negative padding',
      [1, 1, 8, 8],
      [1, 1, 3, 3],
      { padding: [1, -1] },
      'conv2d: padding is [1,-1], expected a whole number of at least 0 or a pair [height, width] of them',
    ],
    [
      'a fraction as dilation',
      [1, 1, 8, 8],
      [1, 1, 3, 3],
      { dilation: 1.5 },
      'conv2d: dilation is 1.5, expected a whole number of at least 1 or a pair [height, width] of them',
    ],
  ];
  for (const [title, x, weight, options, message] of cases) {
    test(`conv2d › ${title}: the error says what was expected`, () => {
      expect(() => conv2d(gpu.zeros(x), gpu.zeros(weight), options)).toThrow(new ShapeError(message));
    });
  }

  test('conv2d › a bias for another number of filters: the error says what was expected', () => {
    const call = () => conv2d(gpu.zeros([1, 3, 8, 8]), gpu.zeros([2, 3, 3, 3]), { bias: gpu.zeros([3]) });
    expect(call).toThrow(
      new ShapeError(
        'conv2d: bias has shape [3], expected [2], one a filter (weight shape [2,3,3,3], groups 1)',
      ),
    );
  });
});
