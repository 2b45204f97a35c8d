import { DeviceImages } from '../../src/data/device-images';
import type { ImageSet } from '../../src/data/images';
import { BatchNorm2d, Conv2d, Dropout, Flatten, Linear, ReLU, Sequential } from '../../src/nn/layers';
import type { Split } from '../../src/tasks/task';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';

export const CLASSES = 3;
const SIDE = 6;
export const COUNT = 22;

/** Noise in which the two rows of the class are bright: three classes that a small net tells apart at once. */
function toySet(): ImageSet {
  const random = new Random(1);
  const labels = Uint8Array.from({ length: COUNT }, (_, i) => i % CLASSES);
  const images = Uint8Array.from({ length: COUNT * SIDE * SIDE }, (_, at) => {
    const row = Math.floor(at / SIDE) % SIDE;
    const label = labels[Math.floor(at / SIDE ** 2)];
    return random.int(100) + (Math.floor(row / 2) === label ? 150 : 0);
  });
  return { name: 'toy', images, labels, shape: [1, SIDE, SIDE], classes: ['top', 'middle', 'bottom'] };
}

export const toyImages = (gpu: Gpu): DeviceImages =>
  new DeviceImages(gpu, toySet(), { mean: [0.3], std: [0.3] });

export function toySplit(count = COUNT): Split {
  const indices = Uint32Array.from({ length: count }, (_, i) => i);
  return { indices, labels: Int32Array.from(indices, (i) => i % CLASSES) };
}

/** A convolution, batch norm, and two dropouts of equal shape; weights follow from the seed. */
export function toyNet(gpu: Gpu, seed = 0): Sequential {
  gpu.manualSeed(seed);
  return new Sequential(
    new Conv2d(gpu, 1, 3, 3, { padding: 1 }),
    new BatchNorm2d(gpu, 3),
    new ReLU(),
    new Dropout(0.2),
    new Dropout(0.2),
    new Flatten(),
    new Linear(gpu, 3 * SIDE ** 2, CLASSES),
  );
}
