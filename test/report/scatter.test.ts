import { describe, expect, it } from 'vitest';
import { placeLabels } from '../../src/report/label-places';
import { scatterSvg } from '../../src/report/scatter';
import { Random } from '../../src/tensor/random';
import { all, type Element, labels, parseXml } from './xml';

const draw = (points: readonly (readonly [number, number])[], line?: number): Element =>
  parseXml(
    scatterSvg({
      title: 'Near & far',
      subtitle: 'one sentence',
      x: { name: 'far', least: 0 },
      y: { name: 'good', most: 100 },
      groups: [{ name: 'group', line, points: points.map(([x, y], i) => ({ x, y, label: `p${i}` })) }],
    }),
  );

/** Where the marks of the group stand. */
const marks = (svg: Element) =>
  all(svg, 'path').flatMap(({ attributes }) => {
    const place = /^matrix\([\d.]+,0,0,[\d.]+,([\d.]+),([\d.]+)\)$/.exec(attributes.get('transform') ?? '');
    return place && attributes.has('ecmeta_data_index') ? [{ x: Number(place[1]), y: Number(place[2]) }] : [];
  });

describe('scatter plot', () => {
  it('puts points in proportion to their values, up for more', () => {
    const [a, b, c] = marks(
      draw([
        [1, 20],
        [2, 40],
        [4, 80],
      ]),
    );
    expect((c.x - a.x) / (b.x - a.x)).toBeCloseTo(3, 2);
    expect((c.y - a.y) / (b.y - a.y)).toBeCloseTo(3, 2);
    expect(c.y).toBeLessThan(a.y);
  });

  it('has title, sentence, names of axes and groups, and every label', () => {
    const found = labels(
      draw([
        [1, 20],
        [2, 40],
      ]),
    );
    expect(found).toEqual(
      expect.arrayContaining(['Near & far', 'one sentence', 'far', 'good', 'group', 'p0', 'p1']),
    );
  });

  it('draws a group’s line dashed, at its height', () => {
    const svg = draw(
      [
        [1, 20],
        [2, 40],
      ],
      20,
    );
    const dashed = all(svg, 'path').filter(({ attributes }) => attributes.has('stroke-dasharray'));
    expect(dashed).toHaveLength(1);
    const height = Number(/^M[\d.]+ ([\d.]+)/.exec(dashed[0].attributes.get('d') ?? '')?.[1]);
    expect(Math.abs(height - marks(svg)[0].y)).toBeLessThan(1);
  });

  it('keeps its axes inside their ends, and their numbers short', () => {
    const numbers = labels(
      draw([
        [0.04, 12],
        [0.31, 99.9],
      ]),
    )
      .map(Number)
      .filter(Number.isFinite);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBe(100);
    for (const number of numbers) expect(String(number).length).toBeLessThan(5);
  });

  it('takes a single point', () => {
    expect(marks(draw([[0, 100]]))).toHaveLength(1);
  });
});

describe('placeLabels', () => {
  const plot = { left: 0, top: 0, right: 600, bottom: 400 };
  const clear = (a: { x: number; y: number }, b: { x: number; y: number }, width: number, height: number) =>
    Math.abs(a.x - b.x) >= width || Math.abs(a.y - b.y) >= height;

  it('puts a lone label right of its mark, and left of one at the right edge', () => {
    const [first, second] = placeLabels(
      [
        { x: 100, y: 200, width: 30 },
        { x: 590, y: 200, width: 30 },
      ],
      plot,
    );
    expect(first).toEqual({ x: expect.closeTo(121.5, 6), y: 200 });
    expect(second).toEqual({ x: expect.closeTo(568.5, 6), y: 200 });
  });

  it('keeps 56 labels of crowded marks off each other, off the marks and inside', () => {
    const random = new Random(7);
    const marks = Array.from({ length: 56 }, () => ({
      x: 60 + 200 * random.uniform(),
      y: 100 + 200 * random.uniform(),
      width: 30,
    }));
    const places = placeLabels(marks, plot);
    for (const [i, place] of places.entries()) {
      expect(place.x).toBeGreaterThanOrEqual(15);
      for (const other of places.slice(i + 1)) expect(clear(place, other, 30, 14)).toBe(true);
      for (const mark of marks) expect(clear(place, mark, 20.5, 12.5)).toBe(true);
    }
  });

  it('of two marks in one place labels both, apart', () => {
    const [a, b] = placeLabels(
      [
        { x: 300, y: 200, width: 30 },
        { x: 300, y: 200, width: 30 },
      ],
      plot,
    );
    expect(clear(a, b, 30, 14)).toBe(true);
  });
});
