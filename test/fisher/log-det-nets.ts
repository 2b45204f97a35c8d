import type { Module } from '../../src/nn/module';
import type { GoldenLayer } from '../golden/read';
import type { Ref } from '../reference/ref';
import { download, type Samples } from './nets';

const conv = (inChannels: number, outChannels: number, options: Partial<ConvLayer> = {}): ConvLayer => ({
  type: 'Conv2d',
  inChannels,
  outChannels,
  kernel: [3, 3],
  groups: 1,
  bias: true,
  stride: [1, 1],
  padding: [0, 0],
  dilation: [1, 1],
  ...options,
});
type ConvLayer = Extract<GoldenLayer, { type: 'Conv2d' }>;

/** Small networks that between them have every kind of layer with parameters: layers, shape of an input, classes. */
export const NETS: Readonly<Record<string, { layers: GoldenLayer[]; input: number[]; classes: number }>> = {
  'a perceptron': {
    layers: [
      { type: 'Linear', inFeatures: 5, outFeatures: 4 },
      { type: 'Tanh' },
      { type: 'Linear', inFeatures: 4, outFeatures: 3 },
    ],
    input: [5],
    classes: 3,
  },
  'two convolutions with stride, padding and batch norm': {
    layers: [
      conv(2, 3, { stride: [2, 1], padding: [1, 0] }),
      { type: 'BatchNorm2d', features: 3, eps: 1e-3 },
      { type: 'Tanh' },
      conv(3, 2, { kernel: [2, 3], padding: [0, 1] }),
      { type: 'MaxPool2d', kernel: [2, 2] },
      { type: 'Flatten' },
      { type: 'Linear', inFeatures: 2, outFeatures: 3 },
    ],
    input: [2, 5, 5],
    classes: 3,
  },
  'groups, dilation and no bias': {
    layers: [
      conv(4, 6, { groups: 2, dilation: [2, 1], padding: [1, 1], bias: false }),
      { type: 'Tanh' },
      conv(6, 6, { groups: 6, kernel: [2, 4] }),
      { type: 'Tanh' },
      { type: 'Flatten' },
      { type: 'Linear', inFeatures: 6, outFeatures: 2 },
    ],
    input: [4, 4, 4],
    classes: 2,
  },
};

/** A network's state, and its samples, for the f64 reference. */
export async function toReference(net: Module, { inputs, labels }: Samples) {
  const state: Record<string, Ref> = Object.fromEntries(await download(net.stateDict()));
  const refs = await download(new Map(Object.entries({ inputs, labels })));
  const found = (name: string): Ref => {
    const value = refs.get(name);
    if (!value) throw new Error(`${name} was not downloaded`);
    return value;
  };
  return { state, inputs: found('inputs'), labels: found('labels') };
}
