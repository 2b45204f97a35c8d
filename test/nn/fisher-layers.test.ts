import { describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import { diagonal } from '../../src/fisher/diagonal';
import { Linear } from '../../src/nn/layers';
import { Module } from '../../src/nn/module';
import * as nn from '../../src/nn/public';
import { crossEntropy } from '../../src/ops/cross-entropy';
import { mean } from '../../src/ops/reduction';
import { flatten, slice } from '../../src/ops/reshape';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { expectClose } from '../reference/close';
import { ref } from '../reference/ref';
import { useGpu } from '../use-gpu';
import { readRef } from './refs';

const held = useGpu();
const SAMPLES = 4;
const CLASSES = 3;

/** A layer, and a linear head on what it makes of a sample. */
class Net extends Module {
  readonly head: Linear;

  constructor(
    gpu: Gpu,
    readonly layer: Module,
    features: number,
    /** From what the layer gives to [N, features]. */
    private readonly summary: (x: Tensor) => Tensor,
  ) {
    super();
    this.head = new Linear(gpu, features, CLASSES);
  }

  forward(x: Tensor): Tensor {
    return this.head.forward(this.summary(this.layer.forward(x)));
  }
}

interface Layer {
  readonly title: string;
  readonly layer: (gpu: Gpu) => Module;
  /** Of a batch; whole numbers below `words`, if there are any. */
  readonly input: readonly number[];
  readonly words?: number;
  readonly features: number;
  readonly summary?: (x: Tensor) => Tensor;
}

const ofTokens = (x: Tensor) => mean(x, 1);
const LAYERS: readonly Layer[] = [
  { title: 'LayerNorm', layer: (gpu) => new nn.LayerNorm(gpu, 5), input: [5], features: 5 },
  {
    title: 'LayerNorm of tokens',
    layer: (gpu) => new nn.LayerNorm(gpu, 5),
    input: [3, 5],
    features: 5,
    summary: ofTokens,
  },
  { title: 'GroupNorm', layer: (gpu) => new nn.GroupNorm(gpu, 2, 4), input: [4, 3, 2], features: 24 },
  {
    title: 'Embedding',
    layer: (gpu) => new nn.Embedding(gpu, 6, 4, { paddingIdx: 0 }),
    input: [5],
    words: 6,
    features: 4,
    summary: ofTokens,
  },
  {
    title: 'Conv1d',
    layer: (gpu) => new nn.Conv1d(gpu, 2, 3, 3, { padding: 1 }),
    input: [2, 5],
    features: 15,
  },
  {
    title: 'ConvTranspose2d',
    layer: (gpu) => new nn.ConvTranspose2d(gpu, 2, 3, 2, { stride: 2 }),
    input: [2, 2, 3],
    features: 72,
  },
  {
    title: 'MultiheadAttention',
    layer: (gpu) => new nn.MultiheadAttention(gpu, 4, 2, { batchFirst: true }),
    input: [3, 4],
    features: 4,
    summary: ofTokens,
  },
  {
    title: 'TransformerEncoderLayer',
    layer: (gpu) =>
      new nn.TransformerEncoderLayer(gpu, 4, 2, { dimFeedforward: 6, dropout: 0, batchFirst: true }),
    input: [3, 4],
    features: 4,
    summary: ofTokens,
  },
  ...[nn.RNN, nn.LSTM, nn.GRU].map(
    (Kind): Layer => ({
      title: Kind.name,
      layer: (gpu) => new Kind(gpu, 3, 4, { batchFirst: true, bidirectional: Kind === nn.LSTM }),
      input: [4, 3],
      features: Kind === nn.LSTM ? 8 : 4,
      summary: ofTokens,
    }),
  ),
];

describe.each(LAYERS)('$title', ({ layer, input, words, features, summary = (x) => flatten(x, 1) }) => {
  test('has the Fisher diagonal of single-sample passes', async () => {
    const { gpu } = held;
    gpu.manualSeed(1);
    const net = new Net(gpu, layer(gpu), features, summary).eval();
    const shape = [SAMPLES, ...input];
    const size = shape.reduce((a, b) => a * b);
    const inputs = words
      ? gpu.tensor(
          Int32Array.from({ length: size }, (_, i) => (7 * i + 3) % words),
          shape,
        )
      : gpu.randn(shape);
    const labels = gpu.tensor(Int32Array.from({ length: SAMPLES }, (_, n) => n % CLASSES));
    const found = await diagonal(net, [{ inputs, labels }]);
    const named = [...net.parameters()];
    const expected = named.map(([, { shape, size }]) => ref(shape, new Float64Array(size)));
    for (let n = 0; n < SAMPLES; n++) {
      const loss = crossEntropy(net.forward(slice(inputs, 0, n, n + 1)), slice(labels, 0, n, n + 1));
      const grads = grad(
        loss,
        named.map(([, parameter]) => parameter),
      );
      for (const [i, one] of grads.entries())
        for (const [at, value] of (await one.data()).entries()) expected[i].data[at] += value ** 2 / SAMPLES;
    }
    for (const [i, [name]] of named.entries()) {
      const own = found.get(name);
      if (!own) throw new Error(`no Fisher of ${name}`);
      const largest = Math.max(...expected[i].data);
      expectClose(await readRef(own), expected[i], { relative: 1e-4, absolute: 1e-4 * largest });
      expect(largest, name).toBeGreaterThan(name.endsWith('in_proj_bias') ? -1 : 0);
    }
  });
});
