import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/data/errors';
import { keepApart } from '../../src/tasks/keep';

/** 40 images of label 0, 24 of label 1, 4 of label 3, one after another in turns as long as they last. */
const LEFT = [40, 24, 0, 4];
const labels = Uint8Array.from(
  Array.from({ length: 40 }, (_, i) => LEFT.flatMap((count, label) => (i < count ? [label] : []))).flat(),
);
const TOYS = { file: 'toys', advice: 'Draw more' };
const countsOf = (positions: Uint32Array) =>
  LEFT.map((_, label) => [...positions].filter((position) => labels[position] === label).length);

describe('keepApart', () => {
  it('keeps the share of each class, and one image at least', () => {
    const { kept, rest } = keepApart(labels, 0.1, TOYS);
    expect(countsOf(kept)).toEqual([4, 2, 0, 1]);
    expect(countsOf(rest)).toEqual([36, 22, 0, 3]);
  });

  it('cuts the data set in two: each image is on one side, in order', () => {
    const { kept, rest } = keepApart(labels, 0.3, TOYS);
    const both = [...kept, ...rest].sort((a, b) => a - b);
    expect(both).toEqual(Array.from(labels, (_, i) => i));
    for (const side of [kept, rest]) expect([...side]).toEqual([...side].sort((a, b) => a - b));
  });

  it('takes them from all over the data set', () => {
    const { kept } = keepApart(new Uint8Array(1000), 0.1, TOYS);
    const halves = [...kept].filter((position) => position < 500).length;
    expect(halves).toBeGreaterThan(30);
    expect(halves).toBeLessThan(70);
    expect(keepApart(new Uint8Array(1000), 0.1, TOYS).kept).toEqual(kept);
  });

  it('refuses a class that would have no image on one side', () => {
    const single = () => keepApart(Uint8Array.of(0, 0, 0, 1), 0.1, TOYS);
    expect(single).toThrow(DataError);
    expect(single).toThrow(
      'toys: expected more than 1 images of label 1, of which 1 are kept apart, found 1. Draw more',
    );
    expect(() => keepApart(Uint8Array.of(0, 0), 0.9, TOYS)).toThrow('more than 2 images of label 0');
  });
});
