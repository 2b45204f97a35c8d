import { expect, test } from 'vitest';
import { diagonal } from '../../src/fisher/diagonal';
import { Conv2d, Flatten, Linear, ReLU, Sequential } from '../../src/nn/layers';
import { MaxPool2d } from '../../src/nn/pools';
import type { Gpu } from '../../src/tensor/gpu';
import { expectClose } from '../reference/close';
import { cut, download, makeSamples, oneByOne, onOwnGpu, type Samples } from './nets';

const IMAGES = 30;
/** 128 × 128 pixels of 16 channels; of each sample four of them are kept. */
const ACTIVATION_BYTES = 4 * 16 * 128 * 128;

const CLOSE = { relative: 1e-4, absolute: 1e-7 };

const makeNet = (gpu: Gpu) =>
  new Sequential(
    new Conv2d(gpu, 1, 16, 3, { padding: 1 }),
    new ReLU(),
    new Conv2d(gpu, 16, 16, 3, { padding: 1, bias: false }),
    new ReLU(),
    new MaxPool2d(8),
    new Flatten(),
    new Linear(gpu, 16 * 16 * 16, 3),
  );

const withOneLeftOut = (gpu: Gpu, { inputs }: Samples): Samples => ({
  inputs,
  labels: gpu.tensor(
    Int32Array.from({ length: IMAGES }, (_, i) => (i === 4 ? -100 : i % 3)),
    [IMAGES],
  ),
});

test('a batch with more activations than have room is that of its single samples, in less memory', async () => {
  await onOwnGpu(async (gpu) => {
    const net = makeNet(gpu);
    const samples = makeSamples(gpu, [IMAGES, 1, 128, 128], 3);
    const before = gpu.memory().bytesInUse;
    const found = await diagonal(net, [samples]);
    const grown = gpu.memory().peakBytes - before;
    if (gpu.adapter.software) expect(grown).toBeLessThan(3 * IMAGES * ACTIVATION_BYTES);
    const expected = await oneByOne(net, samples);
    for (const [name, values] of await download(found))
      expectClose(values, expected.get(name) ?? values, CLOSE);
  });
});

test('labels that are drawn and samples that are left out are the same in every portion', async () => {
  await onOwnGpu(async (gpu) => {
    const net = makeNet(gpu);
    const samples = withOneLeftOut(gpu, makeSamples(gpu, [IMAGES, 1, 128, 128], 3));
    const whole = await download(await diagonal(net, [samples], { estimator: 'mc' }));
    const singles = await download(await diagonal(net, cut(samples, 1), { estimator: 'mc' }));
    for (const [name, values] of whole) expectClose(values, singles.get(name) ?? values, CLOSE);
  });
});
