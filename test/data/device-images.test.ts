import { describe, expect, test } from 'vitest';
import { DeviceImages, type ViewOptions } from '../../src/data/device-images';
import { disposeOrder } from '../../src/data/device-set';
import { DataError, LabelError } from '../../src/data/errors';
import type { ImageSet } from '../../src/data/images';
import { Random } from '../../src/tensor/random';
import { ShapeError } from '../../src/tensor/shape';
import { expectClose } from '../reference/close';
import { build, type Ref } from '../reference/ref';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';

const held = useGpu();

function imageSet(channels: number, height = 5, width = 3, count = 7): ImageSet {
  const random = new Random(5, channels);
  return {
    name: 'toy',
    images: Uint8Array.from({ length: count * channels * height * width }, () => random.int(256)),
    labels: new Uint8Array(count),
    shape: [channels, height, width],
    classes: ['a'],
  };
}

/** The batch as the words of DeviceImages' docstrings say, on the CPU. */
function expected(set: ImageSet, indices: readonly number[], view: ViewOptions): Ref {
  const [channels, height, width] = set.shape;
  const { mean, std, pad = 0 } = view;
  const shape = [indices.length, view.channels ?? channels, height + 2 * pad, width + 2 * pad];
  return build(shape, ([n, c, y, x]) => {
    const from = c % channels;
    const [row, column] = [y - pad, x - pad];
    const inside = row >= 0 && row < height && column >= 0 && column < width;
    const at = ((indices[n] * channels + from) * height + row) * width + column;
    return ((inside ? set.images[at] / 255 : 0) - mean[from]) / std[from];
  });
}

const CLOSE = { relative: 1e-5, absolute: 1e-5 };
const GREY: ViewOptions = { mean: [0.13], std: [0.31] };
const COLOUR: ViewOptions = { mean: [0.5, 0.4, 0.3], std: [0.2, 0.25, 0.3] };
const ORDER = [6, 0, 3, 3, 5];
const LABELS = [1, 0, -1, 4, 2];

describe('batches', () => {
  test.each<[string, number, ViewOptions]>([
    ['grey', 1, GREY],
    ['padded', 1, { ...GREY, pad: 2 }],
    ['grey as three channels, padded', 1, { ...GREY, channels: 3, pad: 1 }],
    ['two channels as four', 2, { mean: [0.1, 0.2], std: [1, 2], channels: 4 }],
    ['coloured', 3, COLOUR],
  ])(
    '%s images are what the CPU computes, and labels follow; the last batch may be short',
    async (_, channels, view) => {
      const set = imageSet(channels);
      const images = new DeviceImages(held.gpu, set, view);
      const order = images.order(Uint32Array.from(ORDER), Int32Array.from(LABELS));
      for (const [start, size] of [
        [0, 2],
        [2, 2],
        [4, 1],
      ]) {
        const { inputs, labels } = images.batch(order, start, size);
        const wanted = expected(set, ORDER.slice(start, start + size), view);
        expect(inputs.shape.slice(1)).toEqual(images.shape);
        expectClose({ shape: inputs.shape, data: await inputs.data() }, wanted, CLOSE);
        expect([...(await labels.data())]).toEqual(LABELS.slice(start, start + size));
      }
    },
  );

  test('of one-pixel images carry as many labels as images', async () => {
    const set = imageSet(1, 1, 1, 200);
    const images = new DeviceImages(held.gpu, set, GREY);
    const indices = Uint32Array.from({ length: 200 }, (_, i) => 199 - i);
    const order = images.order(indices, Int32Array.from(indices));
    const { inputs, labels } = images.batch(order, 0, 200);
    expectClose({ shape: inputs.shape, data: await inputs.data() }, expected(set, [...indices], GREY), CLOSE);
    expect([...(await labels.data())]).toEqual([...indices]);
  });
});

describe('views of one set', () => {
  test('upload nothing and share the pixels until the last is disposed of', async () => {
    const { gpu } = held;
    const { bytesInUse: before } = await settledMemory(gpu);
    const set = imageSet(1);
    const images = new DeviceImages(gpu, set, GREY);
    const one = gpu.memory().bytesInUse;
    const view: ViewOptions = { mean: [0], std: [1], channels: 3, pad: 2 };
    const wide = new DeviceImages(gpu, images, view);
    expect(gpu.memory().bytesInUse).toBe(one);
    expect(wide.shape).toEqual([3, 9, 7]);
    expect(wide.count).toBe(7);
    images.dispose();
    expect(gpu.memory().bytesInUse).toBe(one);
    const order = wide.order(Uint32Array.of(4), Int32Array.of(0));
    const { inputs, labels } = wide.batch(order, 0, 1);
    expectClose({ shape: inputs.shape, data: await inputs.data() }, expected(set, [4], view), CLOSE);
    for (const tensor of [inputs, labels]) tensor.dispose();
    disposeOrder(order);
    wide.dispose();
    expect(gpu.memory().bytesInUse).toBe(before);
  });
});

describe('bad input', () => {
  test.each<[string, number, ViewOptions, string]>([
    [
      'three channels of two',
      2,
      { mean: [0, 0], std: [1, 1], channels: 3 },
      '3 channels cannot be made of 2',
    ],
    ['one channel of three', 3, { ...COLOUR, channels: 1 }, '1 channels cannot be made of 3'],
    ['five channels', 1, { ...GREY, channels: 5 }, '5 channels cannot be made of 1'],
    ['statistics of one channel for three', 3, GREY, 'expected one for each of 3 channels'],
    ['a standard deviation of 0', 1, { mean: [0], std: [0] }, 'std is [0]'],
    ['half a pixel of padding', 1, { ...GREY, pad: 0.5 }, 'pad is 0.5'],
  ])('%s are refused', (_, channels, view, message) => {
    const make = () => new DeviceImages(held.gpu, imageSet(channels), view);
    expect(make).toThrow(ShapeError);
    expect(make).toThrow(message);
  });

  test('bytes that are no whole images are refused', () => {
    const set = { ...imageSet(1), images: new Uint8Array(16) };
    expect(() => new DeviceImages(held.gpu, set, GREY)).toThrow('toy: 16 bytes are no whole images [1,5,3]');
  });

  test('a label that is no class of the set is refused', () => {
    const set = { ...imageSet(1), labels: Uint8Array.of(0, 0, 0, 1, 0, 0, 0) };
    const make = () => new DeviceImages(held.gpu, set, GREY);
    expect(make).toThrow(LabelError);
    expect(make).toThrow('toy, image 3: expected a label from 0 to 0, found 1');
  });

  test('an image that is not in the set is refused, and so are labels of another number', () => {
    const images = new DeviceImages(held.gpu, imageSet(1), GREY);
    const outside = () => images.order(Uint32Array.of(2, 7), Int32Array.of(0, 0));
    expect(outside).toThrow(DataError);
    expect(outside).toThrow('toy: expected indices from 0 to 6, found 7 at position 1');
    expect(() => images.order(Uint32Array.of(2), Int32Array.of(0, 0))).toThrow('2 labels for 1 samples');
  });

  test.each([
    [1, 2],
    [-1, 1],
    [0, 0],
  ])('a batch from %i of size %i of an order of two is refused', (start, size) => {
    const images = new DeviceImages(held.gpu, imageSet(1), GREY);
    const order = images.order(Uint32Array.of(2, 3), Int32Array.of(0, 0));
    expect(() => images.batch(order, start, size)).toThrow(ShapeError);
  });
});
