import { describe, expect, test } from 'vitest';
import { noGrad } from '../../src/autograd/tape';
import * as nn from '../../src/nn/public';
import { exportOnnx } from '../../src/onnx/export';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { expectClose } from '../reference/close';
import { ref } from '../reference/ref';
import { useGpu } from '../use-gpu';
import { runFile } from './session';

const held = useGpu();

/** A layer, and the shape of what goes in, without the batch. */
type Case = readonly [make: (gpu: Gpu) => nn.Module, one: readonly number[]];

const [IMAGES, TOKENS, ROWS] = [[4, 6, 7], [3, 8], [5]] as const;
const first = { batchFirst: true } as const;
const LAYERS: Readonly<Record<string, Case>> = {
  AdaptiveAvgPool2d: [() => new nn.AdaptiveAvgPool2d([4, 3]), IMAGES],
  AvgPool2d: [() => new nn.AvgPool2d(2), IMAGES],
  BatchNorm1d: [(gpu) => new nn.BatchNorm1d(gpu, 5), ROWS],
  BatchNorm2d: [(gpu) => new nn.BatchNorm2d(gpu, 4), IMAGES],
  Conv1d: [(gpu) => new nn.Conv1d(gpu, 3, 4, 3, { padding: 1 }), TOKENS],
  Conv2d: [(gpu) => new nn.Conv2d(gpu, 4, 2, 3), IMAGES],
  ConvTranspose2d: [(gpu) => new nn.ConvTranspose2d(gpu, 4, 2, 3, { stride: 2, outputPadding: 1 }), IMAGES],
  Dropout: [() => new nn.Dropout(0.5), ROWS],
  Flatten: [() => new nn.Flatten(), IMAGES],
  GELU: [() => new nn.GELU(), ROWS],
  GRU: [(gpu) => new nn.GRU(gpu, 8, 4, first), TOKENS],
  GlobalAvgPool2d: [() => new nn.GlobalAvgPool2d(), IMAGES],
  GroupNorm: [(gpu) => new nn.GroupNorm(gpu, 2, 4), IMAGES],
  Identity: [() => new nn.Identity(), ROWS],
  LSTM: [(gpu) => new nn.LSTM(gpu, 8, 4, { ...first, numLayers: 2, bidirectional: true }), TOKENS],
  LayerNorm: [(gpu) => new nn.LayerNorm(gpu, 8), TOKENS],
  LeakyReLU: [() => new nn.LeakyReLU(), ROWS],
  Linear: [(gpu) => new nn.Linear(gpu, 8, 3), TOKENS],
  MaxPool2d: [() => new nn.MaxPool2d(2), IMAGES],
  MultiheadAttention: [(gpu) => new nn.MultiheadAttention(gpu, 8, 2, first), TOKENS],
  RNN: [(gpu) => new nn.RNN(gpu, 8, 4, first), TOKENS],
  ReLU: [() => new nn.ReLU(), ROWS],
  ReLU6: [() => new nn.ReLU6(), ROWS],
  SiLU: [() => new nn.SiLU(), ROWS],
  Sequential: [(gpu) => new nn.Sequential(new nn.Linear(gpu, 5, 2), new nn.ReLU()), ROWS],
  Sigmoid: [() => new nn.Sigmoid(), ROWS],
  Softmax: [() => new nn.Softmax(), ROWS],
  Tanh: [() => new nn.Tanh(), ROWS],
  TransformerEncoderLayer: [
    (gpu) => new nn.TransformerEncoderLayer(gpu, 8, 2, { ...first, dimFeedforward: 16 }),
    TOKENS,
  ],
  Upsample: [() => new nn.Upsample({ scaleFactor: 2, mode: 'bilinear' }), IMAGES],
};

async function expectSame(net: nn.Module, sample: Tensor, input: Tensor): Promise<void> {
  const file = await exportOnnx(net, sample);
  const expected = noGrad(() => held.gpu.scope(() => net.eval().forward(input)));
  const close = { relative: 1e-4, absolute: 1e-4 };
  expectClose(await runFile(file, input), ref(expected.shape, await expected.data()), close);
}

describe('a layer exported with one sample gives for three what it gives here:', () => {
  test.each(Object.entries(LAYERS))('%s', async (_, [make, one]) => {
    const { gpu } = held;
    await expectSame(make(gpu), gpu.randn([1, ...one], { seed: 1 }), gpu.randn([3, ...one], { seed: 2 }));
  });

  test('Embedding', async () => {
    const { gpu } = held;
    const words = (rows: number) =>
      gpu.tensor(
        Int32Array.from({ length: 2 * rows }, (_, i) => (3 * i) % 5),
        [rows, 2],
      );
    await expectSame(new nn.Embedding(gpu, 5, 3), words(1), words(3));
  });

  test('and that is every layer there is', () => {
    const bases = ['Module', 'ModuleDict', 'ModuleList', 'Recurrent'];
    const layers = Object.entries(nn).filter(
      ([, one]) => typeof one === 'function' && one.prototype instanceof nn.Module,
    );
    const names = layers.map(([name]) => name).filter((name) => !bases.includes(name));
    expect(names.sort()).toEqual([...Object.keys(LAYERS), 'Embedding'].sort());
  });
});
