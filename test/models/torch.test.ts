import { describe, expect, test } from 'vitest';
import { backward } from '../../src/autograd/backward';
import { noGrad } from '../../src/autograd/tape';
import { makeNetwork } from '../../src/models/catalogue';
import type { Classifier } from '../../src/models/classifier';
import { Dropout } from '../../src/nn/layers';
import { crossEntropy } from '../../src/ops/cross-entropy';
import type { Gpu } from '../../src/tensor/gpu';
import { entryOf, layoutOf, type ModelCase, readModels } from '../golden/models';
import { expectClose } from '../reference/close';
import { ref } from '../reference/ref';
import { useGpu } from '../use-gpu';
import { DEEP_NAMES } from './networks';

const held = useGpu();
const CLASSES = 10;
const CLOSE = { relative: 1e-4, absolute: 1e-4 };

/** Parameters as the papers' CIFAR programs count them; MobileNetV2 is torchvision's of 1000 classes with 10. */
const PUBLISHED: Readonly<Record<string, number>> = {
  vgg11: 9_231_114,
  vgg16: 14_728_266,
  resnet18: 11_173_962,
  resnet34: 21_282_122,
  densenet121: 6_956_298,
  densenet161: 26_482_378,
  mobileNetV2: 3_504_872 - 1281 * (1000 - CLASSES),
};

/** The small net of a case with the weights it was measured with, and its images. */
function prepare(gpu: Gpu, { name, width, size, variance, ...rest }: ModelCase) {
  const net = makeNetwork(gpu, name, { classes: CLASSES, width });
  net.loadStateDict(
    new Map([...net.stateDict()].map(([key, { shape }]) => [key, entryOf(key, shape, variance)])),
  );
  const images = entryOf(rest.images, [2, 3, size, size]);
  return { net, images: gpu.tensor(Float32Array.from(images.data), images.shape) };
}

/** Training without dropout: no two programs draw the same mask. */
function train(net: Classifier): void {
  net.train();
  for (const layer of net.modules()) if (layer instanceof Dropout) layer.eval();
}

const cases = readModels();

test("PyTorch's figures are of every published network", () => {
  expect(cases.map(({ name }) => name)).toEqual(DEEP_NAMES);
});

describe.each(cases)('$name', (one) => {
  test('has the published number of parameters, under PyTorch’s names and in its shapes', async () => {
    const net = makeNetwork(held.gpu, one.name, { classes: CLASSES });
    expect(net.parameterCount()).toBe(PUBLISHED[one.name]);
    expect(net.parameterCount()).toBe(one.parameters);
    expect(layoutOf(net.stateDict())).toBe(one.layout);
    net.dispose();
  });

  test("in evaluation gives PyTorch's logits", async () => {
    const { net, images } = prepare(held.gpu, one);
    net.eval();
    const logits = noGrad(() => held.gpu.scope(() => net.forward(images)));
    const found = { shape: logits.shape, data: await logits.data() };
    expectClose(found, ref([2, CLASSES], one.evaluated), CLOSE);
    net.dispose();
  });

  test("in training gives PyTorch's logits and gradients", async () => {
    const { gpu } = held;
    const { net, images } = prepare(gpu, one);
    train(net);
    const logits = gpu.scope(() => {
      const result = net.forward(images);
      backward(crossEntropy(result, gpu.tensor(Int32Array.from(one.labels), [2])));
      return result;
    });
    const found = { shape: logits.shape, data: await logits.data() };
    expectClose(found, ref([2, CLASSES], one.trained), CLOSE);
    const parameters = net.parameters();
    for (const [name, norm] of Object.entries(one.gradientNorms)) {
      const grad = await parameters.get(name)?.grad?.data();
      expect(Math.abs(Math.hypot(...(grad ?? [])) / norm - 1), name).toBeLessThan(1e-4);
    }
    net.dispose();
  });
});
