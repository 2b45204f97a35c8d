import { describe, expect, test } from 'vitest';
import {
  broadcastShapes,
  broadcastStrides,
  checkShape,
  collapseAxes,
  normalizeAxes,
  normalizeAxis,
  ShapeError,
  sameShape,
  sizeOf,
  stridesOf,
} from '../../src/tensor/shape';

describe('broadcasting', () => {
  test.each([
    [
      [[3, 4], [4]],
      [3, 4],
    ],
    [
      [
        [3, 1],
        [1, 5],
      ],
      [3, 5],
    ],
    [
      [[], [2, 3]],
      [2, 3],
    ],
    [
      [[2, 1, 4], [3, 1], [1]],
      [2, 3, 4],
    ],
    [
      [
        [0, 3],
        [1, 3],
      ],
      [0, 3],
    ],
    [[], []],
  ])('%j becomes %j', (shapes, expected) => {
    expect(broadcastShapes('add', ...shapes)).toEqual(expected);
  });

  test('shapes that do not fit throw with the op, both shapes and the axis', () => {
    const broadcast = () => broadcastShapes('add', [2, 3], [2, 4]);
    expect(broadcast).toThrow(ShapeError);
    expect(broadcast).toThrow('add: shapes [2,3] and [2,4] do not broadcast (axis 1: 3 against 4)');
    expect(() => broadcastShapes('add', [0, 3], [2, 3])).toThrow(ShapeError);
  });

  test('a repeated axis has stride 0', () => {
    expect(broadcastStrides([3, 1], [2, 3, 4])).toEqual([0, 1, 0]);
    expect(broadcastStrides([4], [2, 3, 4])).toEqual([0, 0, 1]);
    expect(broadcastStrides([2, 3, 4], [2, 3, 4])).toEqual([12, 4, 1]);
  });
});

test('strides and sizes are row-major, and a scalar has one element', () => {
  expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1]);
  expect(stridesOf([])).toEqual([]);
  expect([sizeOf([2, 3, 4]), sizeOf([]), sizeOf([5, 0])]).toEqual([24, 1, 0]);
  expect([sameShape([2, 3], [2, 3]), sameShape([2, 3], [3, 2]), sameShape([2], [2, 1])]).toEqual([
    true,
    false,
    false,
  ]);
});

describe('collapseAxes', () => {
  test('merges neighbouring axes that every operand steps over evenly', () => {
    expect(collapseAxes([2, 3, 4], [[12, 4, 1]])).toEqual([{ length: 24, steps: [1] }]);
  });

  test('keeps apart what one operand does not step over evenly', () => {
    const rowVector = broadcastStrides([4], [2, 3, 4]);
    expect(collapseAxes([2, 3, 4], [[12, 4, 1], rowVector])).toEqual([
      { length: 6, steps: [4, 0] },
      { length: 4, steps: [1, 1] },
    ]);
    expect(collapseAxes([2, 3], [[1, 2]])).toEqual([
      { length: 2, steps: [1] },
      { length: 3, steps: [2] },
    ]);
  });

  test('drops axes of length 1 and leaves one axis of a scalar', () => {
    expect(collapseAxes([1, 5, 1], [[5, 1, 1]])).toEqual([{ length: 5, steps: [1] }]);
    expect(collapseAxes([], [[], []])).toEqual([{ length: 1, steps: [0, 0] }]);
  });

  test('visits the same elements as the axes it merged', () => {
    const shape = [2, 1, 3, 2, 2];
    const strides = [
      broadcastStrides([3, 2, 2], shape),
      broadcastStrides([2, 1, 1, 2, 2], shape),
      stridesOf(shape),
    ];
    const visit = (lengths: readonly number[], steps: readonly (readonly number[])[]): number[][] =>
      lengths.reduce<number[][]>(
        (offsets, length, axis) =>
          offsets.flatMap((offset) =>
            Array.from({ length }, (_, i) => offset.map((at, operand) => at + i * steps[axis][operand])),
          ),
        [[0, 0, 0]],
      );
    const merged = collapseAxes(shape, strides);
    const perAxis = shape.map((_, axis) => strides.map((stride) => stride[axis]));
    expect(merged.length).toBeLessThan(4);
    expect(
      visit(
        merged.map(({ length }) => length),
        merged.map(({ steps }) => steps),
      ),
    ).toEqual(visit(shape, perAxis));
  });
});

describe('axes', () => {
  test('are counted from the end when negative, sorted, and all when left out', () => {
    expect(normalizeAxis('sum', -1, 3)).toBe(2);
    expect(normalizeAxes('sum', [-1, 0], 3)).toEqual([0, 2]);
    expect(normalizeAxes('sum', 1, 3)).toEqual([1]);
    expect(normalizeAxes('sum', undefined, 3)).toEqual([0, 1, 2]);
  });

  test('out of range, broken or repeated throw with the op and what was given', () => {
    expect(() => normalizeAxis('sum', 3, 3)).toThrow('sum: axis 3 is out of range for 3 dimensions');
    expect(() => normalizeAxis('sum', -4, 3)).toThrow(ShapeError);
    expect(() => normalizeAxis('sum', 0.5, 3)).toThrow(ShapeError);
    expect(() => normalizeAxis('sum', 0, 0)).toThrow(ShapeError);
    expect(() => normalizeAxes('sum', [1, -2], 3)).toThrow('sum: axes [1,1] repeat');
  });

  test('a shape needs whole lengths of at least 0', () => {
    checkShape('tensor', [0, 3]);
    for (const shape of [[-1], [1.5], [Number.NaN], [2, Number.POSITIVE_INFINITY]]) {
      expect(() => checkShape('tensor', shape)).toThrow(/tensor: shape \[.*\] needs whole numbers/);
    }
  });
});
