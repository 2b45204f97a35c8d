import { describe, expect, test } from 'vitest';
import { loadMnist } from '../../src/data/loaders.node';
import {
  HEAD,
  nameDigit,
  packLayers,
  type QuantisedLayer,
  unpackLayers,
} from '../../src/web/shipped/digit-net';
import { SHIPPED_ACCURACY, SHIPPED_LAYERS } from '../../src/web/shipped/digits';
import { shippedGuess } from '../../src/web/shipped/guess';

const SIZE = 28 * 28;
const IMAGES = 500;

describe('the network that comes with the page', () => {
  test('is small', () => {
    expect(SHIPPED_LAYERS.length).toBeLessThan(20_000);
  });

  test('names digits of the test set as well as it says', async () => {
    const { images, labels } = (await loadMnist()).test;
    let right = 0;
    for (let i = 0; i < IMAGES; i++) {
      const { probabilities } = shippedGuess(images.subarray(i * SIZE, (i + 1) * SIZE));
      expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
      if (probabilities.indexOf(Math.max(...probabilities)) === labels[i]) right++;
    }
    // Three standard deviations of a share of so many.
    const spread = 3 * Math.sqrt((SHIPPED_ACCURACY * (1 - SHIPPED_ACCURACY)) / IMAGES);
    expect(Math.abs(right / IMAGES - SHIPPED_ACCURACY)).toBeLessThan(spread);
  });

  test('computes convolutions with a border, ReLU, pooling and a linear layer', () => {
    // One path through it: the middle of a kernel passes a pixel on, so that the head sees the pixel itself.
    const layer = (outputs: number, each: number): QuantisedLayer => ({
      scales: new Float32Array(outputs).fill(0.5),
      biases: new Float32Array(outputs),
      weights: new Int8Array(outputs * each),
    });
    const [first, second, head] = [layer(8, 25), layer(16, 8 * 25), layer(HEAD[1], HEAD[0])];
    first.weights[12] = 4; // output 0 is 2 × the pixel
    second.weights[12] = -2; // output 0 is −1 × that, which ReLU cuts
    second.weights[8 * 25 + 12] = 6; // output 1 is 3 × that
    second.biases[0] = 0.25;
    head.weights[3 * HEAD[0]] = 2; // class 3: 1 × output 0 at (0, 0)
    head.weights[7 * HEAD[0] + 49 + 48] = 2; // class 7: 1 × output 1 at the last place
    const pixels = new Uint8Array(SIZE);
    pixels[SIZE - 1] = 255;
    const shares = nameDigit(unpackLayers(packLayers([first, second, head])), pixels);
    const powers = Array.from({ length: 10 }, (_, i) => Math.exp(i === 3 ? 0.25 : i === 7 ? 6 : 0));
    const sum = powers.reduce((a, b) => a + b);
    for (const [i, share] of shares.entries()) expect(share).toBeCloseTo(powers[i] / sum, 5);
  });
});
