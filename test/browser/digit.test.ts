import { describe, expect, test } from 'vitest';
import { asMnist, SIDE } from '../../src/web/digit';

const PAGE = 280;

/** A drawing of filled rectangles, [left, top, width, height]. */
function drawing(...boxes: readonly (readonly [number, number, number, number])[]): Uint8Array {
  const ink = new Uint8Array(PAGE * PAGE);
  for (const [left, top, width, height] of boxes) {
    for (let y = top; y < top + height; y++) ink.fill(255, y * PAGE + left, y * PAGE + left + width);
  }
  return ink;
}

const rows = (image: Uint8Array) =>
  Array.from({ length: SIDE }, (_, y) => [...image.slice(y * SIDE, (y + 1) * SIDE)]);

describe('asMnist', () => {
  test('scales a drawing to 20 pixels and puts it into the middle, wherever and however large it was', () => {
    for (const box of [
      [0, 0, 60, 60],
      [200, 30, 40, 40],
      [10, 10, 260, 260],
    ] as const) {
      const image = rows(asMnist(drawing(box), PAGE) ?? new Uint8Array(0));
      const inside = (x: number, y: number) => x >= 4 && x < 24 && y >= 4 && y < 24;
      expect(image).toEqual(image.map((row, y) => row.map((_, x) => (inside(x, y) ? 255 : 0))));
    }
  });

  test('keeps the proportions', () => {
    const image = rows(asMnist(drawing([100, 20, 24, 240]), PAGE) ?? new Uint8Array(0));
    expect(image.filter((row) => row.some((value) => value > 0))).toHaveLength(20);
    expect(image[14].filter((value) => value > 0)).toHaveLength(2);
  });

  test('puts the centre of mass, not of the box, into the middle', () => {
    // A heavy head on the left, a thin line to the right.
    const image = asMnist(drawing([40, 100, 80, 80], [120, 138, 120, 4]), PAGE) ?? new Uint8Array(0);
    let [mass, moment] = [0, 0];
    image.forEach((value, i) => {
      mass += value;
      moment += value * ((i % SIDE) + 0.5);
    });
    expect(Math.abs(moment / mass - SIDE / 2)).toBeLessThanOrEqual(0.5);
    const columns = rows(image).flatMap((row) => row.flatMap((value, x) => (value > 0 ? [x] : [])));
    expect(Math.min(...columns) + Math.max(...columns)).toBeGreaterThan(27 + 3);
  });

  test('takes the mean of the ink under a pixel', () => {
    const dotted = drawing([0, 0, 280, 280]).map((value, i) => (i % 2 === 0 ? value : 0));
    const image = asMnist(dotted, PAGE) ?? new Uint8Array(0);
    expect(image[14 * SIDE + 14]).toBeCloseTo(127.5, -1);
  });

  test('gives nothing for an empty drawing', () => {
    expect(asMnist(new Uint8Array(PAGE * PAGE), PAGE)).toBeUndefined();
  });
});
