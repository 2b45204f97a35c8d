import { describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import type { Module } from '../../src/nn/module';
import * as nn from '../../src/nn/public';
import { Recurrent } from '../../src/nn/recurrent';
import { concat } from '../../src/ops/concat';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { readGolden } from '../golden/read';
import { expectClose } from '../reference/close';
import type { Ref } from '../reference/ref';
import { useGpu } from '../use-gpu';
import { CLOSE, onGpu, readRef } from './refs';

const held = useGpu();
const { cases } = readGolden('layers.json');
type Case = (typeof cases)[number];

const LAYERS: Record<string, (gpu: Gpu, options: Case['options']) => Module> = {
  LayerNorm: (gpu, { shape = [] }) => new nn.LayerNorm(gpu, shape),
  GroupNorm: (gpu, { sizes: [groups, channels] = [] }) => new nn.GroupNorm(gpu, groups, channels),
  BatchNorm1d: (gpu, { sizes: [channels] = [] }) => new nn.BatchNorm1d(gpu, channels),
  Conv1d: (gpu, { sizes: [from, to, kernel] = [], padding, paddingMode, groups }) =>
    new nn.Conv1d(gpu, from, to, kernel, { padding, paddingMode, groups }),
  Conv2d: (gpu, { sizes: [from, to, height, width] = [], paddings, dilations, paddingMode }) =>
    new nn.Conv2d(gpu, from, to, [height, width], { padding: paddings, dilation: dilations, paddingMode }),
  ConvTranspose2d: (gpu, { sizes: [from, to, kernel] = [], stride, padding, outputPadding, groups }) =>
    new nn.ConvTranspose2d(gpu, from, to, kernel, {
      stride,
      padding: padding === 'same' ? undefined : padding,
      outputPadding,
      groups,
    }),
  Embedding: (gpu, { sizes: [rows, width] = [], paddingIdx }) =>
    new nn.Embedding(gpu, rows, width, { paddingIdx }),
  RNN: (gpu, { sizes: [from, to] = [], batchFirst, numLayers, bidirectional, bias, nonlinearity }) =>
    new nn.RNN(gpu, from, to, { batchFirst, numLayers, bidirectional, bias, nonlinearity }),
  LSTM: (gpu, { sizes: [from, to] = [], batchFirst, numLayers, bidirectional, bias }) =>
    new nn.LSTM(gpu, from, to, { batchFirst, numLayers, bidirectional, bias }),
  GRU: (gpu, { sizes: [from, to] = [], batchFirst, numLayers, bidirectional, bias }) =>
    new nn.GRU(gpu, from, to, { batchFirst, numLayers, bidirectional, bias }),
  MultiheadAttention: (gpu, { sizes: [width, heads] = [], batchFirst, bias }) =>
    new nn.MultiheadAttention(gpu, width, heads, { batchFirst, bias }),
  TransformerEncoderLayer: (gpu, { sizes: [width, heads] = [], ...options }) => {
    const { dimFeedforward, dropout, activation, normFirst, batchFirst } = options;
    return new nn.TransformerEncoderLayer(gpu, width, heads, {
      dimFeedforward,
      dropout,
      activation,
      normFirst,
      batchFirst,
    });
  },
};

function outputOf(layer: Module, inputs: Readonly<Record<string, Tensor>>, last: boolean): Tensor {
  const { input, labels, key, value, flags } = inputs;
  if (layer instanceof nn.MultiheadAttention)
    return layer.forward(input, key, value, { keyPaddingMask: flags });
  if (last && layer instanceof Recurrent) return concat([...layer.recur(input).state]);
  return layer.forward(input ?? labels);
}

const wordsOnGpu = ({ shape, data }: Ref) => held.gpu.tensor(Int32Array.from(data), shape);

describe.each(cases.map((one) => [`${one.op}: ${one.name}`, one] as const))('%s', (_, golden) => {
  const { op, options, inputs, output, gradOutput, grads } = golden;

  test('has the parameters of PyTorch’s layer, its output and its gradients', async () => {
    const layer = LAYERS[op](held.gpu, options);
    const parameters = layer.parameters();
    const given = Object.entries(inputs);
    const names = given.map(([name]) => name).filter((name) => parameters.has(name));
    expect([...parameters.keys()].toSorted()).toEqual(names.toSorted());
    layer.loadStateDict(
      new Map([...layer.stateDict()].map(([name, tensor]) => [name, inputs[name] ?? tensor] as const)),
    );
    const tensors = Object.fromEntries(
      given
        .filter(([name]) => !parameters.has(name))
        .map(([name, value]) => {
          if (name === 'labels' || name === 'flags') return [name, wordsOnGpu(value)];
          const tensor = onGpu(held.gpu, value);
          tensor.requiresGrad = true;
          return [name, tensor];
        }),
    );
    const result = outputOf(layer, tensors, options.last ?? false);
    expectClose(await readRef(result), output, CLOSE);
    const leaves = Object.entries({ ...tensors, ...Object.fromEntries(parameters) }).filter(
      ([name]) => name in grads,
    );
    expect(leaves.map(([name]) => name).toSorted()).toEqual(Object.keys(grads).toSorted());
    const found = grad(
      result,
      leaves.map(([, leaf]) => leaf),
      onGpu(held.gpu, gradOutput),
    );
    for (const [i, [name]] of leaves.entries())
      expectClose(await readRef(found[i]), grads[name], { relative: 1e-4, absolute: 1e-4 });
  });
});
