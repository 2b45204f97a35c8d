import { describe, expect, test } from 'vitest';
import { makeNetwork } from '../../src/models/catalogue';
import { CellNetwork } from '../../src/nas/cell';
import { encode, load, type NetworkAbout } from '../../src/nas/models';
import { BatchNorm2d, Conv2d, Dropout, Flatten, Linear, ReLU, Sequential } from '../../src/nn/layers';
import { Module } from '../../src/nn/module';
import { exportOnnx, type OnnxOptions } from '../../src/onnx/export';
import type { OnnxSample } from '../../src/onnx/sample';
import { sigmoid } from '../../src/ops/activation';
import { add, mul } from '../../src/ops/arithmetic';
import { scaledDotProductAttention } from '../../src/ops/attention';
import { gelu } from '../../src/ops/gelu';
import { embedding } from '../../src/ops/indexing';
import { cholesky } from '../../src/ops/linalg';
import { matmul } from '../../src/ops/matmul/matmul';
import { layerNorm } from '../../src/ops/norms';
import { defineOp } from '../../src/ops/own-op';
import { mean } from '../../src/ops/reduction';
import { permute, reshape, slice } from '../../src/ops/reshape';
import { split } from '../../src/ops/split';
import { round } from '../../src/ops/steps';
import { squeeze } from '../../src/ops/views';
import type { Tensor } from '../../src/tensor/tensor';
import { VERSION } from '../../src/version';
import { failure } from '../data/failure';
import { cellOf } from '../nas/toy';
import { expectClose } from '../reference/close';
import { ref } from '../reference/ref';
import { useGpu } from '../use-gpu';
import { lengthsOf, readModel } from './proto';
import { runFile } from './session';

const held = useGpu();
const CLOSE = { relative: 1e-4, absolute: 1e-4 };

/** A network of a forward function, and of tensors by name. */
class Made extends Module {
  readonly parts: Record<string, Tensor | Module>;

  constructor(
    private readonly pass: (...inputs: Tensor[]) => Tensor,
    parts: Record<string, Tensor | Module> = {},
  ) {
    super();
    this.parts = parts;
  }

  forward(...inputs: Tensor[]): Tensor {
    return this.pass(...inputs);
  }
}

async function expectSame(net: Module, sample: OnnxSample, inputs: Tensor[], options?: OnnxOptions) {
  const file = await exportOnnx(net, sample, options);
  net.eval();
  const expected: Tensor = Reflect.apply(net.forward, net, inputs);
  expectClose(await runFile(file, ...inputs), ref(expected.shape, await expected.data()), CLOSE);
}

const refusal = async (net: Module, sample: OnnxSample, options?: OnnxOptions) => {
  const error = await failure(() => exportOnnx(net, sample, options));
  expect(error).toMatchObject({ code: expect.stringMatching(/^(ONNX|ARGUMENT)$/) });
  return error instanceof Error ? error.message : '';
};

describe('a file', () => {
  const net = () =>
    new Sequential(
      new Conv2d(held.gpu, 2, 3, 3, { padding: 1 }),
      new ReLU(),
      new BatchNorm2d(held.gpu, 3),
      new Flatten(),
      new Dropout(0.5),
      new Linear(held.gpu, 48, 2),
    );

  test('says who made it and what it is of', async () => {
    const about = { classes: ['cat', 'dog'], mean: [0.4, 0.5], std: [0.2, 0.3] };
    const model = readModel(await exportOnnx(net(), { input: [1, 2, 4, 4] }, about));
    expect(model).toMatchObject({ irVersion: 8, producerName: 'taskgrad', producerVersion: VERSION });
    expect(model.opsetImport).toEqual([{ domain: '', version: 17 }]);
    const metadata = Object.fromEntries(
      model.metadataProps.map(({ key, value }) => [key, JSON.parse(value)]),
    );
    expect(metadata).toEqual(about);
  });

  test('has a batch of any size, and the names of the state dict', async () => {
    const made = net();
    const { graph } = readModel(await exportOnnx(made, { input: [1, 2, 4, 4] }));
    expect(graph.input.map((port) => [port.name, lengthsOf(port)])).toEqual([['input', ['N', 2, 4, 4]]]);
    expect(graph.output.map((port) => [port.name, lengthsOf(port)])).toEqual([['logits', ['N', 2]]]);
    const state = [...made.stateDict()].map(([name, { shape }]) => [name, [...shape]]);
    expect(
      graph.initializer.filter(({ name }) => !name.startsWith('/')).map(({ name, dims }) => [name, dims]),
    ).toEqual(expect.arrayContaining(state));
    expect(graph.node.map(({ opType }) => opType)).toEqual([
      ...['Conv', 'Relu', 'BatchNormalization', 'Reshape', 'Gemm'],
    ]);
    const weight = graph.initializer.find(({ name }) => name === '5.bias');
    const bytes = weight?.rawData.slice().buffer ?? new ArrayBuffer(0);
    expect(new Float32Array(bytes)).toEqual(await made.stateDict().get('5.bias')?.data());
  });

  test('leaves the network as it was', async () => {
    const made = net();
    const [, , norm] = [...made.modules()].slice(1);
    norm.eval();
    const before = held.gpu.memory().tensors;
    await exportOnnx(made, { input: [2, 2, 4, 4] });
    expect(held.gpu.memory().tensors).toBe(before);
    expect([...made.modules()].map(({ training }) => training)).toEqual([
      true,
      true,
      true,
      false,
      true,
      true,
      true,
    ]);
  });

  test('takes batches of the sample’s size alone where that is asked for', async () => {
    const { graph } = readModel(await exportOnnx(net(), { input: [3, 2, 4, 4] }, { fixedBatch: true }));
    expect([...graph.input, ...graph.output].map(lengthsOf)).toEqual([
      [3, 2, 4, 4],
      [3, 2],
    ]);
  });

  test('sees pixels as classify does', async () => {
    const genotype = cellOf('dil_conv_3x3', 3);
    const about: NetworkAbout = {
      network: genotype,
      classes: ['a', 'b', 'c'],
      inputShape: [2, 6, 5],
      mean: [0.4, 0.6],
      std: [0.2, 0.3],
    };
    const cell = new CellNetwork(held.gpu, genotype, { classes: 3, size: [6, 5] });
    const loaded = await load(held.gpu, await encode(cell, about));
    const pixels = Uint8Array.from({ length: 2 * 60 }, (_, i) => (i * 37) % 256);
    const file = await exportOnnx(
      loaded.net,
      { input: [1, ...about.inputShape] },
      { ...about, pixels: true },
    );
    const logits = await runFile(file, held.gpu.tensor(pixels, [2, 2, 6, 5]));
    const wanted = (await loaded.classify(pixels)).map(({ probabilities }) => probabilities);
    for (const [row, probabilities] of wanted.entries()) {
      const powers = [0, 1, 2].map((i) => Math.exp(logits.data[3 * row + i]));
      const sum = powers.reduce((a, b) => a + b);
      for (const [i, power] of powers.entries()) expect(power / sum).toBeCloseTo(probabilities[i], 5);
    }
  });
});

describe('modules of a program’s own', () => {
  test('of several tensors, whole numbers among them, with a table used twice', async () => {
    const { gpu } = held;
    const table = gpu.randn([5, 4], { seed: 1, requiresGrad: true });
    const net = new Made(
      (words, scale) => matmul(mul(embedding(words, table), scale), table.detach(), { transposeB: true }),
      { table },
    );
    const words = (rows: number) =>
      gpu.tensor(
        Int32Array.from({ length: 2 * rows }, (_, i) => (3 * i) % 5),
        [rows, 2],
      );
    const scale = (rows: number) => gpu.randn([rows, 2, 4], { seed: 2 });
    await expectSame(net, { words: words(2), scale: scale(2) }, [words(3), scale(3)]);
  });

  test('with views, constants as long as the batch, and its batch in the middle of a reshape', async () => {
    const { gpu } = held;
    const net = new Made((x) => {
      const [samples] = x.shape;
      const rows = x.view([samples * 2, 3]);
      const shifted = add(rows.detach(), gpu.full([samples * 2, 1], 0.5));
      return slice(reshape(sigmoid(shifted), [samples, 6]), 1, 1);
    });
    await expectSame(net, gpu.ones([2, 6]), [gpu.randn([5, 6], { seed: 3 })]);
  });

  test('a block of a transformer, for any number of sequences', async () => {
    const { gpu } = held;
    const [words, length, heads, width] = [7, 3, 2, 8];
    const parts = {
      table: gpu.randn([words, width], { seed: 1 }),
      places: gpu.randn([length, width], { seed: 2 }),
      scale: gpu.rand([width], { seed: 3 }),
      shift: gpu.rand([width], { seed: 4 }),
      qkv: new Linear(gpu, width, 3 * width),
      out: new Linear(gpu, width, 2),
    };
    const net = new Made((tokens) => {
      const [samples] = tokens.shape;
      const x = add(embedding(tokens, parts.table), parts.places);
      const normal = layerNorm(x, width, { weight: parts.scale, bias: parts.shift });
      const three = reshape(parts.qkv.forward(normal), [samples, length, 3, heads, width / heads]);
      const [q, k, v] = split(permute(three, [2, 0, 3, 1, 4]), 1).map((part) => squeeze(part, 0));
      const seen = permute(scaledDotProductAttention(q, k, v, { isCausal: true }), [0, 2, 1, 3]);
      return parts.out.forward(mean(gelu(add(x, reshape(seen, [samples, length, width]))), 1));
    }, parts);
    const tokens = (rows: number) =>
      gpu.tensor(
        Int32Array.from({ length: length * rows }, (_, i) => (5 * i) % words),
        [rows, length],
      );
    await expectSame(net, tokens(1), [tokens(4)]);
  });

  test('with an op of their own that calls others and has a gradient of its own', async () => {
    const straight = defineOp({
      name: 'straight',
      parse: (x: Tensor) => ({ inputs: [x] as const, attrs: {} }),
      shape: ({ inputs: [x] }) => x.shape,
      forward: (_, { inputs: [x] }) => round(x),
      backward: (_, { grad }) => [grad],
    });
    const { gpu } = held;
    const net = new Made((x) => mul(straight(mul(x, 3)), 0.5));
    await expectSame(net, gpu.ones([2, 3]), [gpu.randn([4, 3], { seed: 1 })]);
  });

  test('whose result is an input or does not depend on it', async () => {
    const { gpu } = held;
    await expectSame(new Made((x) => x), gpu.ones([2, 3]), [gpu.randn([4, 3], { seed: 1 })]);
    const bias = gpu.tensor([1, 2, 3]);
    await expectSame(new Made(() => bias, { bias }), gpu.ones([2, 3]), [gpu.ones([2, 3])]);
  });
});

describe('what cannot be written is refused:', () => {
  const sample = { input: [2, 3] };
  const onGpu = (pass: (x: Tensor) => Tensor) => new Made(pass, { one: held.gpu.ones([1]) });

  test('an op of a program’s own, by its name and with those that can be', async () => {
    const cube = defineOp({
      name: 'cube',
      parse: (x: Tensor) => ({ inputs: [x] as const, attrs: {} }),
      shape: ({ inputs: [x] }) => x.shape,
      forward: (k, { inputs: [x] }) => k.elementwise('x * x * x', { x }),
    });
    const message = await refusal(
      onGpu((x) => cube(x)),
      sample,
    );
    expect(message).toMatch(/^exportOnnx: the network calls the op 'cube', .*: abs, .*, conv2d, /);
  });

  test('an op that ONNX has not', async () => {
    const square = onGpu((x) => cholesky(matmul(x, x, { transposeA: true })));
    expect(await refusal(square, sample)).toContain(
      'the network calls ops.cholesky, which no file can hold: ONNX has no operator for it',
    );
  });

  test.each([
    [
      'a call that depends on the batch',
      (x: Tensor) => mul(x, 1 / x.shape[0]),
      'a call of ops.mul on f32[2,3] differs between',
    ],
    ['a size that does', (x: Tensor) => add(x, x.gpu.ones([2, 1])), 'takes [2,3], but not [3,3]'],
    ['other calls', (x: Tensor) => (x.shape[0] > 2 ? mean(x, 1) : sigmoid(x)), 'calls ops.sigmoid in one'],
    [
      'a tensor with two sides as long',
      (x: Tensor) => matmul(x.gpu.zeros([x.shape[0], x.shape[0]]), x),
      'made by no op',
    ],
    ['a tensor by chance', (x: Tensor) => add(x, x.gpu.rand([3])), 'made by no op'],
  ])('%s', async (_, pass, words) => {
    expect(await refusal(onGpu(pass), sample)).toContain(words);
  });

  test.each([
    [[1, 2], {}, 'sample is an array of 2, expected a tensor, or tensors or shapes by their names'],
    [{}, {}, 'sample is a plain object'],
    [{ input: [0, 3] }, {}, 'sample is a plain object'],
    [sample, { classes: ['a'] }, 'classes is 1 names, expected one for each of 3 outputs'],
    [sample, { pixels: true }, 'pixels is true, expected `mean` and `std` beside it'],
    [sample, { mean: [1, 2] }, 'mean is 2 numbers, expected one for each of 3 channels'],
    [{ 'parts.one': [2, 3] }, {}, "the network has a tensor 'parts.one', as what goes in"],
  ])('%j with %j', async (given, options, words) => {
    expect(await refusal(onGpu(sigmoid), given as OnnxSample, options)).toContain(words);
  });

  test('a network without parameters and a GPU', async () => {
    expect(await refusal(new ReLU(), sample)).toContain('give the sample as a tensor');
    await expectSame(new ReLU(), held.gpu.ones([1, 2]), [held.gpu.randn([3, 2], { seed: 1 })]);
  });
});

test('a network of the catalogue that was trained on is exported as one that was not', async () => {
  const net = makeNetwork(held.gpu, 'NN2', { classes: 2, size: 4, width: 1 / 64 });
  const images = held.gpu.randn([2, 1, 4, 4], { seed: 1 });
  const before = await exportOnnx(net, images);
  net.forward(images);
  expect(await exportOnnx(net, images)).toEqual(before);
});
