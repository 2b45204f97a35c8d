import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { idxFiles } from '../../src/cli/demo/idx-files';
import { type Dataset, pixelStatistics } from '../../src/data/images';
import { loadMnist } from '../../src/data/loaders.node';
import { InterruptedError } from '../../src/training/errors';
import { areKnown, knownStatistics } from '../../src/web/engine/known-mnist';
import { Mnist } from '../../src/web/engine/mnist';
import { streamMnist } from '../../src/web/engine/mnist-stream';

let mnist: Dataset;
beforeAll(async () => {
  mnist = await loadMnist();
});

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Serves a data set; the training images come once they are let go. */
async function serve(set: Dataset): Promise<{ from: string; release: () => void }> {
  const files = idxFiles(set);
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  server = createServer(async ({ url = '' }, response) => {
    const parts = files.get(url) ?? [];
    const isSmall = !url.includes('images');
    if (url.includes('train-images')) {
      response.write(parts[0]);
      await released;
      response.write(parts[1].subarray(0, 1000));
      return response.end(parts[1].subarray(1000));
    }
    return response.end(isSmall ? gzipSync(Buffer.concat(parts)) : Buffer.concat(parts));
  });
  const { port } = await new Promise<AddressInfo>((resolve) => {
    server?.listen(0, '127.0.0.1', () => resolve(server?.address() as AddressInfo));
  });
  return { from: `http://127.0.0.1:${port}/data/`, release };
}

const options = (from: string, train = 60_000, test = 10_000) => ({
  ...{ from, train, test },
  onProgress: () => undefined,
});
/** A copy with one byte that is another. */
function other(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[500] ^= 1;
  return copy;
}
const never = new AbortController().signal;

describe('MNIST’s own statistics', () => {
  test('are known from its test images and labels, and are those of its training images', async () => {
    const first = { test: mnist.test, trainLabels: mnist.train.labels };
    expect(await knownStatistics(first)).toEqual(pixelStatistics(mnist.train));
    expect(await areKnown(mnist)).toBe(true);
  });

  test('are not those of data that differ in one pixel or label, or are fewer', async () => {
    const { test, train } = mnist;
    const trainLabels = train.labels;
    for (const first of [
      { test: { ...test, images: other(test.images) }, trainLabels },
      { test, trainLabels: other(trainLabels) },
      { test, trainLabels: trainLabels.subarray(1) },
    ])
      expect(await knownStatistics(first)).toBeUndefined();
    expect(await areKnown({ ...mnist, train: { ...train, images: other(train.images) } })).toBe(false);
  });
});

describe('MNIST on its way', () => {
  test('has its test images and labels while the training images are held up', async () => {
    const { from, release } = await serve(mnist);
    const coming = streamMnist(options(from, 30, 20));
    const first = await coming.first;
    expect(first.test.images).toEqual(mnist.test.images.slice(0, 20 * 784));
    expect(first.trainLabels).toEqual(mnist.train.labels.slice(0, 30));
    release();
    expect((await coming.whole).train.images).toEqual(mnist.train.images.slice(0, 30 * 784));
  });

  test('is open before its training images have come; what needs them waits, and can be stopped', async () => {
    const { from, release } = await serve(mnist);
    const opened = await Mnist.open(options(from));
    expect({ mean: opened.mean, std: opened.std }).toEqual(pixelStatistics(mnist.train));
    expect(opened.isWhole).toBe(false);
    expect(() => opened.train).toThrow('the training images have not come yet; wait for them');
    const stop = new AbortController();
    const waiting = opened.arrived(stop.signal, () => undefined);
    stop.abort();
    await expect(waiting).rejects.toThrow(InterruptedError);
    await expect(opened.arrived(stop.signal, () => undefined)).rejects.toThrow(InterruptedError);
    const seen: number[] = [];
    const arrived = opened.arrived(never, (received, total) => seen.push(received / total));
    release();
    await arrived;
    expect(seen[0]).toBeCloseTo((10_000 * 785 + 60_000) / (70_000 * 785), 2);
    expect(Buffer.compare(opened.train.images, mnist.train.images)).toBe(0);
  });

  test('is refused where the training images are not MNIST’s, though all else is', async () => {
    const images = other(mnist.train.images);
    const { from, release } = await serve({ ...mnist, train: { ...mnist.train, images } });
    const opened = await Mnist.open(options(from));
    release();
    await expect(opened.arrived(never, () => undefined)).rejects.toThrow(
      'train-images-idx3-ubyte: expected the training images of MNIST, as the other three files are MNIST’s, found others. Try again',
    );
    await opened.settled;
    expect(opened).toMatchObject({ isWhole: false, problem: { code: 'DATA_OTHER' } });
  });

  test('of less is open once all of it is here, and has its own statistics', async () => {
    const { from, release } = await serve(mnist);
    const opening = Mnist.open(options(from, 40, 20));
    release();
    const opened = await opening;
    expect(opened.isWhole).toBe(true);
    const images = mnist.train.images.slice(0, 40 * 784);
    expect({ mean: opened.mean, std: opened.std }).toEqual(pixelStatistics({ ...mnist.train, images }));
  });
});
