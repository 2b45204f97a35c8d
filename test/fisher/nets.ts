import { grad } from '../../src/autograd/backward';
import { BatchNorm2d, Conv2d, Flatten, Linear, ReLU, Sequential } from '../../src/nn/layers';
import { Module } from '../../src/nn/module';
import { MaxPool2d } from '../../src/nn/pools';
import { openGpu } from '../../src/node';
import { tanh } from '../../src/ops/activation';
import { crossEntropy } from '../../src/ops/cross-entropy';
import { pad } from '../../src/ops/pad';
import { slice } from '../../src/ops/reshape';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';
import type { GoldenLayer } from '../golden/read';
import { type Ref, ref } from '../reference/ref';

/** Runs a test on a GPU of its own: on a shared one, tensors that other tests dropped are freed at any moment. */
export async function onOwnGpu(work: (gpu: Gpu) => Promise<void>): Promise<void> {
  const gpu = await openGpu();
  try {
    await work(gpu);
  } finally {
    gpu.dispose();
  }
}

class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

function makeLayer(gpu: Gpu, layer: GoldenLayer): Module {
  switch (layer.type) {
    case 'Linear':
      return new Linear(gpu, layer.inFeatures, layer.outFeatures);
    case 'Conv2d':
      return new Conv2d(gpu, layer.inChannels, layer.outChannels, layer.kernel, layer);
    case 'BatchNorm2d':
      return new BatchNorm2d(gpu, layer.features, { eps: layer.eps });
    case 'MaxPool2d':
      return new MaxPool2d(layer.kernel);
    case 'ReLU':
      return new ReLU();
    case 'Tanh':
      return new Tanh();
    case 'Flatten':
      return new Flatten();
  }
}

/** A network of stored layers, with the stored state where one is given. */
export function makeNet(gpu: Gpu, layers: readonly GoldenLayer[], state?: Record<string, Ref>): Sequential {
  const net = new Sequential(...layers.map((layer) => makeLayer(gpu, layer)));
  if (state) net.loadStateDict(new Map(Object.entries(state)));
  return net;
}

/** Running statistics that are neither 0 nor 1, so that ignoring them shows. */
export function stirStatistics(net: Module): void {
  const random = new Random(17);
  for (const [name, tensor] of net.stateDict()) {
    if (name.endsWith('running_mean'))
      tensor.write(Array.from({ length: tensor.size }, () => random.normal()));
    if (name.endsWith('running_var'))
      tensor.write(Array.from({ length: tensor.size }, () => 0.5 + random.uniform()));
  }
}

export interface Samples {
  readonly inputs: Tensor;
  readonly labels: Tensor;
}

export function makeSamples(gpu: Gpu, shape: readonly number[], classes: number, seed = 3): Samples {
  const random = new Random(seed, 9);
  const labels = Int32Array.from({ length: shape[0] }, () => random.int(classes));
  return { inputs: gpu.randn(shape, { seed }), labels: gpu.tensor(labels, [shape[0]]) };
}

/** The samples as batches of a size; the last may be smaller. */
export function cut({ inputs, labels }: Samples, size: number): Samples[] {
  const count = inputs.shape[0];
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => ({
    inputs: slice(inputs, 0, i * size, Math.min(count, (i + 1) * size)),
    labels: slice(labels, 0, i * size, Math.min(count, (i + 1) * size)),
  }));
}

/** (1/N) Σ_n (∂ℓ_n/∂θ)² in f64, from one backward pass for each sample by itself. */
export async function oneByOne(net: Module, samples: Samples, classes?: number): Promise<Map<string, Ref>> {
  const named = [...net.parameters()];
  const sums = named.map(([, { shape, size }]) => ref(shape, new Float64Array(size)));
  const count = samples.inputs.shape[0];
  net.eval();
  for (const { inputs, labels } of cut(samples, 1)) {
    const logits = net.forward(inputs);
    const missing = Math.max(0, (classes ?? 0) - logits.shape[1]);
    const loss = crossEntropy(pad(logits, [0, missing]), labels);
    const grads = grad(
      loss,
      named.map(([, parameter]) => parameter),
    );
    for (const [i, sum] of sums.entries()) {
      const values = await grads[i].data();
      for (const [j, value] of values.entries()) sum.data[j] += value ** 2 / count;
    }
  }
  return new Map(named.map(([name], i) => [name, sums[i]]));
}

export async function download(fisher: ReadonlyMap<string, Tensor>): Promise<Map<string, Ref>> {
  const entries = [...fisher].map(async ([name, tensor]) => {
    return [name, ref(tensor.shape, await tensor.data())] as const;
  });
  return new Map(await Promise.all(entries));
}

export function upload(gpu: Gpu, refs: Readonly<Record<string, Ref>>): Map<string, Tensor> {
  return new Map(
    Object.entries(refs).map(([name, { shape, data }]) => [name, gpu.tensor(Float32Array.from(data), shape)]),
  );
}
