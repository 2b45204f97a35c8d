import { describe, expect, it } from 'vitest';
import {
  columnInterval,
  columnMantelP,
  correlationInterval,
  differenceInterval,
  mantelP,
  meanColumnCorrelation,
  type PairMatrix,
} from '../../../src/report/statistics/pair-correlation';

const X = Number.NaN;
const negated = (matrix: PairMatrix): PairMatrix => matrix.map((row) => row.map((value) => -value));

/** All six pairs of three things differ. */
const THREE: PairMatrix = [
  [X, 1, 3],
  [2, X, 5],
  [4, 6, X],
];
/** Every row is one number: that of the source, two sources alike. */
const SOURCES: PairMatrix = [
  [X, 2, 2, 2],
  [2, X, 2, 2],
  [5, 5, X, 5],
  [10, 10, 10, X],
];
/** Circles of six things: neighbours are near. */
const CIRCLE: PairMatrix = [0, 1, 2, 3, 4, 5].map((i) =>
  [0, 1, 2, 3, 4, 5].map((j) => Math.min((i - j + 6) % 6, (j - i + 6) % 6)),
);

describe('mantelP', () => {
  it('is one of 3! orders where only the order as given puts all six pairs right', () => {
    expect(mantelP([THREE], [negated(THREE)])).toBeCloseTo(1 / 6, 12);
    expect(mantelP([THREE], [THREE])).toBe(1);
  });

  it('shuffles rows and columns together: things that are alike leave two orders the same', () => {
    expect(mantelP([SOURCES], [negated(SOURCES)])).toBeCloseTo(2 / 24, 12);
  });

  it('counts the twelve orders that turn or mirror a circle of six', () => {
    // Free shuffles of the 30 pairs would give less than one in a million.
    expect(mantelP([CIRCLE], [negated(CIRCLE)])).toBeCloseTo(12 / 720, 12);
  });

  it('shuffles all seeds alike, and looks at their mean', () => {
    // The second seed says the opposite: the mean is 0, as it is for every order.
    expect(mantelP([THREE, THREE], [negated(THREE), THREE])).toBe(1);
    expect(mantelP([THREE, THREE], [negated(THREE), negated(THREE)])).toBeCloseTo(1 / 6, 12);
  });

  it('is null where a side has no order', () => {
    const equal = THREE.map((row) => row.map(() => 1));
    expect(mantelP([equal], [THREE])).toBeNull();
    expect(mantelP([THREE], [equal])).toBeNull();
  });
});

describe('ρ over the firsts of each second', () => {
  it('is the mean of the columns that have one', () => {
    // Columns of THREE rise: 2 4, 1 6, 3 5. Beside them 5 1 falls, 1 2 rises, 7 7 has no order.
    const other = [
      [X, 1, 7],
      [5, X, 7],
      [1, 2, X],
    ];
    expect(meanColumnCorrelation([THREE], [other])).toBeCloseTo(0, 12);
    expect(meanColumnCorrelation([THREE, THREE], [other, negated(THREE)])).toBeCloseTo((-1 + 1 - 3) / 5, 12);
  });

  it('does not see how the seconds differ, which decides over all pairs', () => {
    // The order within a column is the reverse; columns that are larger are so on both sides.
    const [x, y] = [1, -1].map((sign) =>
      CIRCLE.map((row, i) => row.map((value, j) => (i === j ? X : 100 * j + sign * value))),
    );
    expect(meanColumnCorrelation([x], [y])).toBeCloseTo(-1, 12);
    expect(correlationInterval([x], [y])?.high).toBeGreaterThan(0);
    expect(columnInterval([x], [y])?.high).toBeCloseTo(-1, 12);
  });

  it('has p by shuffled things, as over all pairs', () => {
    expect(columnMantelP([THREE], [negated(THREE)])).toBeCloseTo(1 / 6, 12);
    expect(columnMantelP([CIRCLE], [negated(CIRCLE)])).toBeCloseTo(12 / 720, 12);
    const equal = THREE.map((row) => row.map(() => 1));
    expect(columnMantelP([equal], [THREE])).toBeNull();
  });
});

describe('correlationInterval', () => {
  it('is a point where every resample has one order', () => {
    expect(correlationInterval([CIRCLE], [negated(CIRCLE)])).toEqual({
      low: expect.closeTo(-1, 12),
      high: expect.closeTo(-1, 12),
    });
  });

  it('holds 0, and nearly all there is, for four things without an order', () => {
    const gains = [
      [X, 3, 9, 1],
      [7, X, 2, 8],
      [5, 12, X, 4],
      [11, 6, 10, X],
    ];
    const distances = [
      [X, 8, 5, 2],
      [3, X, 6, 11],
      [1, 9, X, 12],
      [4, 10, 7, X],
    ];
    const found = correlationInterval([distances], [gains]);
    expect(found?.low).toBeLessThan(-0.5);
    expect(found?.high).toBeGreaterThan(0.5);
  });

  it('resamples seeds, too', () => {
    // Each seed is ±1 whatever things are drawn: the mean of two drawn seeds is −1, 0 or 1.
    expect(correlationInterval([CIRCLE, CIRCLE], [negated(CIRCLE), CIRCLE])).toEqual({
      low: expect.closeTo(-1, 12),
      high: expect.closeTo(1, 12),
    });
  });

  it('is null where a side has no order', () => {
    expect(correlationInterval([CIRCLE.map((row) => row.map(() => 1))], [CIRCLE])).toBeNull();
  });
});

describe('differenceInterval', () => {
  it('takes both from the same resample: what is the same differs by nothing', () => {
    expect(differenceInterval([THREE], [THREE], [THREE], 0.95)).toEqual({ low: 0, high: 0 });
  });

  it('is below 0 where the first is lower in all', () => {
    expect(differenceInterval([negated(CIRCLE)], [CIRCLE], [CIRCLE], 0.95)).toEqual({
      low: expect.closeTo(-2, 12),
      high: expect.closeTo(-2, 12),
    });
  });
});
