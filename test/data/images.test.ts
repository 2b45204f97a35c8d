import { describe, expect, it } from 'vitest';
import { LabelError } from '../../src/data/errors';
import { checkLabels, type ImageSet, pixelStatistics } from '../../src/data/images';
import { subset } from '../../src/data/samples';
import { failure } from './failure';

/** Three images of two channels and 1 x 2 pixels. */
const set: ImageSet = {
  name: 'small',
  images: Uint8Array.of(0, 10, 100, 110, 20, 30, 120, 130, 40, 50, 140, 255),
  labels: Uint8Array.of(2, 0, 1),
  shape: [2, 1, 2],
  classes: ['a', 'b', 'c'],
};

describe('checkLabels', () => {
  it('accepts every label of the range', () => {
    expect(() => checkLabels(Uint8Array.of(0, 4, 9), 10, 'set')).not.toThrow();
  });

  it('names the first label out of range with its index and the range', async () => {
    const error = await failure(() => checkLabels(Uint8Array.of(3, 9, 10, 200), 10, 'labels.idx'));
    expect(error).toBeInstanceOf(LabelError);
    expect(error).toMatchObject({ code: 'DATA_LABEL', index: 2, value: 10, range: [0, 9] });
    expect(error).toHaveProperty('message', 'labels.idx, image 2: expected a label from 0 to 9, found 10');
  });

  it('refuses a negative label', () => {
    expect(() => checkLabels(Int32Array.of(0, -1), 2, 'set')).toThrow('image 1');
  });

  it('refuses what is no whole number', () => {
    expect(() => checkLabels([0, 0.5], 2, 'set')).toThrow('expected a label from 0 to 1, found 0.5');
    expect(() => checkLabels([Number.NaN], 2, 'set')).toThrow('found NaN');
  });

  it('accepts the label of ignored samples where it is named, and no other', () => {
    expect(() => checkLabels([0, -100, 1], 2, 'set')).toThrow('image 1');
    expect(() => checkLabels([0, -100, 1], 2, 'set', { ignoreIndex: -100 })).not.toThrow();
    expect(() => checkLabels([0, -100, -1], 2, 'set', { ignoreIndex: -100 })).toThrow('image 2');
  });
});

describe('subset', () => {
  it('takes images and labels in the order of the indices, repeated ones too', () => {
    const part = subset(set, [2, 0, 2]);
    expect([...part.images]).toEqual([40, 50, 140, 255, 0, 10, 100, 110, 40, 50, 140, 255]);
    expect([...part.labels]).toEqual([1, 2, 1]);
    expect(part.shape).toEqual([2, 1, 2]);
  });

  it('copies, so that the set stays as it is', () => {
    subset(set, Uint32Array.of(0)).images.fill(9);
    expect(set.images[0]).toBe(0);
  });

  it.each([-1, 3, 0.5])('refuses the index %d', (index) => {
    expect(() => subset(set, [0, index])).toThrow(
      `small: expected indices from 0 to 2, found ${index} at position 1`,
    );
  });
});

describe('pixelStatistics', () => {
  it('gives mean and standard deviation of each channel apart', () => {
    const { mean, std } = pixelStatistics(set);
    const channels = [
      [0, 10, 20, 30, 40, 50],
      [100, 110, 120, 130, 140, 255],
    ];
    for (const [c, values] of channels.entries()) {
      const expectedMean = values.reduce((a, b) => a + b / 255, 0) / values.length;
      const squares = values.reduce((sum, value) => sum + (value / 255 - expectedMean) ** 2, 0);
      expect(mean[c]).toBeCloseTo(expectedMean, 12);
      expect(std[c]).toBeCloseTo(Math.sqrt(squares / values.length), 12);
    }
  });
});
