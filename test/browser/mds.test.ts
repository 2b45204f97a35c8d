import { describe, expect, test } from 'vitest';
import { Random } from '../../src/tensor/random';
import { placeTasks } from '../../src/web/mds';

const between = (points: readonly (readonly number[])[]) =>
  points.map((a) => points.map((b) => Math.hypot(...a.map((value, axis) => value - b[axis]))));

describe('placeTasks', () => {
  test('finds the places of points in space again, but for turning and mirroring', () => {
    const random = new Random(3);
    const points = Array.from({ length: 9 }, () => Array.from({ length: 3 }, () => random.normal()));
    const { points: placed, stress } = placeTasks(between(points));
    expect(stress).toBeLessThan(1e-9);
    const [found, wanted] = [between(placed), between(points)];
    expect(found).toEqual(wanted.map((row) => row.map((value) => expect.closeTo(value, 9))));
    for (const axis of [0, 1, 2]) {
      expect(placed.reduce((sum, point) => sum + point[axis], 0)).toBeCloseTo(0, 9);
    }
  });

  test('puts the longest extent on the first axis, and nothing on axes that are not needed', () => {
    const { points } = placeTasks(between([[0], [1], [5]]));
    expect(points.map(([x]) => Math.abs(x))).toEqual([2, 1, 3].map((x) => expect.closeTo(x, 9)));
    expect(points.every(([, y, z]) => Math.abs(y) < 1e-6 && Math.abs(z) < 1e-6)).toBe(true);
  });

  test('takes the mean of both directions', () => {
    const { points } = placeTasks([
      [0, 1],
      [3, 0],
    ]);
    expect(between(points)[0][1]).toBeCloseTo(2, 9);
  });

  test('says by its stress what no space can keep', () => {
    // Distances that break the triangle inequality, and corners of a simplex in four dimensions.
    expect(
      placeTasks([
        [0, 1, 9],
        [1, 0, 1],
        [9, 1, 0],
      ]).stress,
    ).toBeGreaterThan(0.2);
    const simplex = Array.from({ length: 5 }, (_, i) => Array.from({ length: 5 }, (_, j) => Number(i !== j)));
    const { stress } = placeTasks(simplex);
    expect(stress).toBeGreaterThan(0.05);
    expect(stress).toBeLessThan(0.2);
  });

  test('puts tasks without any distance into one place', () => {
    expect(
      placeTasks([
        [0, 0],
        [0, 0],
      ]),
    ).toEqual({
      points: [
        [0, 0, 0],
        [0, 0, 0],
      ],
      stress: 0,
    });
  });
});
