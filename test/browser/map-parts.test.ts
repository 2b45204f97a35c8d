import { afterEach, describe, expect, test, vi } from 'vitest';
import { homeFor, project, viewProjection } from '../../src/web/map/camera';
import { Gestures } from '../../src/web/map/gestures';
import { LABEL_HEIGHT, placeLabels } from '../../src/web/map/labels';
import { RADIUS } from '../../src/web/map/renderer';
import { sceneOf } from '../../src/web/map/scene';
import { closestTasks, overSeeds } from '../../src/web/map/seeds';
import type { SeedCell } from '../../src/web/protocol';

describe('pointers on the map', () => {
  const at = (x: number, y: number) => ({ x, y });

  test('one turns it by as many pixels as it moves, and taps only where it hardly moved', () => {
    const gestures = new Gestures();
    gestures.press(1, at(10, 10));
    expect(gestures.move(1, at(13, 9))).toEqual({ right: 3, down: -1, zoom: 1 });
    expect(gestures.release(1)).toEqual(at(10, 10));
    gestures.press(1, at(10, 10));
    gestures.move(1, at(40, 10));
    gestures.move(1, at(10, 10));
    expect(gestures.release(1)).toBeUndefined();
  });

  test('two that part to twice their distance halve the way to the tasks, and tap nothing', () => {
    const gestures = new Gestures();
    gestures.press(1, at(100, 100));
    gestures.press(2, at(200, 100));
    expect(gestures.move(2, at(300, 100))).toEqual({ right: 50, down: 0, zoom: 0.5 });
    expect(gestures.release(1)).toBeUndefined();
    expect(gestures.move(2, at(310, 100))).toEqual({ right: 10, down: 0, zoom: 1 });
    expect(gestures.release(2)).toBeUndefined();
  });

  test('one that hovers, was cancelled or came third moves nothing', () => {
    const gestures = new Gestures();
    expect(gestures.move(1, at(1, 1))).toBeUndefined();
    for (const id of [1, 2, 3]) gestures.press(id, at(100 * id, 0));
    expect(gestures.move(3, at(0, 0))).toBeUndefined();
    gestures.cancel(3);
    expect(gestures.move(3, at(9, 9))).toBeUndefined();
    expect(gestures.move(2, at(300, 0))?.zoom).toBe(0.5);
  });
});

describe('names on the map', () => {
  const frame = { width: 320, height: 200 };
  const boxes = (corners: readonly { left: number; top: number }[], widths: readonly number[]) =>
    corners.map(({ left, top }, i) => ({ left, top, right: left + widths[i], bottom: top + LABEL_HEIGHT }));

  test('stand above their balls, inside the frame, and not over one another', () => {
    expect(placeLabels([{ x: 150, y: 100 }], [80], frame)).toEqual([{ left: 130, top: 66 }]);
    const balls = [
      ...[-5, 0, 160, 160, 165, 319].map((x) => ({ x, y: 3 })),
      ...[319, 0, 160].map((x) => ({ x, y: 199 })),
    ];
    const widths = balls.map((_, i) => 60 + 7 * i);
    const placed = boxes(placeLabels(balls, widths, frame), widths);
    for (const [i, box] of placed.entries()) {
      expect(box.left).toBeGreaterThanOrEqual(0);
      expect(box.top).toBeGreaterThanOrEqual(0);
      expect(box.right).toBeLessThanOrEqual(frame.width);
      expect(box.bottom).toBeLessThanOrEqual(frame.height);
      for (const other of placed.slice(0, i)) {
        const apart = box.left >= other.right || other.left >= box.right;
        expect(apart || box.top >= other.bottom || other.top >= box.bottom).toBe(true);
      }
    }
  });
});

test.each([1.9, 1, 0.7])(
  'the first view has all places in it where it is %d times as wide as high',
  (aspect) => {
    const places = [-1, 1].flatMap((x) => [-1, 1].flatMap((y) => [-1, 1].map((z) => [x, y, z] as const)));
    const matrix = viewProjection(homeFor(places, aspect), aspect);
    for (const place of places) {
      const { x, y } = project(matrix, place);
      expect(Math.min(x, 1 - x, y, 1 - y)).toBeGreaterThan(0.05);
    }
  },
);

describe('distances over seeds', () => {
  const cell = (
    source: string,
    target: string,
    seed: number,
    logdet: number,
    otherSeed?: number,
  ): SeedCell => ({
    ...{ source, target, seed, logdet, frechet: logdet / 2 },
    ...(otherSeed && { otherSeed }),
  });
  const cells = [
    cell('a', 'b', 1, 2),
    cell('a', 'b', 2, 4),
    cell('b', 'a', 1, 5),
    cell('b', 'a', 2, 5),
    cell('a', 'a', 1, 0.5, 2),
    cell('b', 'b', 1, 1.5, 2),
  ];

  test('have a mean, a deviation, a blur and a null', () => {
    const found = overSeeds(cells, ['a', 'b'], 'logdet', 2);
    expect(found?.mean).toEqual([
      [0, 3],
      [5, 0],
    ]);
    expect(found?.sd[0][1]).toBeCloseTo(Math.SQRT2);
    // the root mean square of √2 and 0
    expect(found?.blur).toEqual([expect.closeTo(1), expect.closeTo(1)]);
    expect(found?.nullDistance).toBe(1);
    expect(overSeeds(cells, ['a', 'b'], 'frechet', 2)?.nullDistance).toBe(0.5);
  });

  test('are none while a cell is missing', () => {
    expect(overSeeds(cells.slice(1), ['a', 'b'], 'logdet', 2)).toBeUndefined();
    expect(overSeeds(cells, ['a', 'b'], 'logdet', 3)).toBeUndefined();
  });

  test('name for each task the source that is least far from it', () => {
    const distances = [
      [0, 2, 9],
      [3, 0, 1],
      [1, 4, 0],
    ];
    expect(closestTasks(distances)).toEqual([2, 0, 1]);
  });
});

describe('the scene', () => {
  afterEach(() => vi.unstubAllGlobals());

  test('has a line from each task to its closest, and a clear blob as wide as it is uncertain around each ball', () => {
    vi.stubGlobal('document', { documentElement: {} });
    vi.stubGlobal('getComputedStyle', () => ({ getPropertyValue: () => '#336699' }));
    const places = [0, 1, 2].map((x) => [x, 0.5, 0] as const);
    const closest = [1, 0, 1];
    const { balls, lines } = sceneOf(places, { chosen: undefined, closest, blobs: [0.2, 0.3, 0.1] });
    for (const [i, other] of closest.entries())
      expect(lines).toContainEqual(expect.objectContaining({ from: places[i], to: places[other] }));
    expect(balls.map(({ at }) => at)).toEqual(places.flatMap((at) => [at, at]));
    expect([0, 2, 4].map((i) => (balls[i].scale ?? 1) * RADIUS)).toEqual(
      [0.2, 0.3, 0.1].map((r) => expect.closeTo(r)),
    );
    for (const [i, { colour }] of balls.entries()) expect(colour[3] < 1).toBe(i % 2 === 0);
    expect(sceneOf(places, { chosen: undefined, closest, blobs: undefined }).balls).toHaveLength(3);
  });
});
