import { describe, expect, it } from 'vitest';
import type { StudyRun } from '../../../src/report/study/run';
import { studyOf } from '../../../src/report/study/study';
import { factsOf, runsOf } from './runs';

/** Points [seconds, networks, error in percent] of each seed. */
const withCurves = (...curves: [number, number, number][][]): StudyRun[] =>
  runsOf(
    'FUSE',
    curves.map(() => 20),
  ).map((run, seed) => ({
    ...run,
    curve: curves[seed].map(([gpuSeconds, networks, error]) => ({
      gpuSeconds,
      networks,
      validationError: error / 100,
    })),
  }));
const anytimeOf = (runs: StudyRun[]) => studyOf(factsOf(...runs)).methods['FUSE, standard'].anytime;
const close = (value: number) => expect.closeTo(value, 12);

describe('anytime curves', () => {
  const two = withCurves(
    [
      [1, 1, 10],
      [3, 2, 12],
      [5, 3, 4],
    ],
    [
      [2, 1, 8],
      [4, 2, 6],
    ],
  );

  it('are the mean of the best so far, from where every run has begun, and an ended run keeps its best', () => {
    expect(anytimeOf(two).gpuSeconds.map(({ at, mean }) => [at, mean])).toEqual([
      [2, close(0.09)],
      [3, close(0.09)],
      [4, close(0.08)],
      [5, close(0.05)],
    ]);
    expect(anytimeOf(two).networks.map(({ at, mean }) => [at, mean])).toEqual([
      [1, close(0.09)],
      [2, close(0.08)],
      [3, close(0.05)],
    ]);
  });

  it('have intervals over seeds, none with one seed', () => {
    // Resamples of two runs: both the first, both the second, or one of each.
    expect(anytimeOf(two).networks[0].ci).toEqual([close(0.08), close(0.1)]);
    expect(anytimeOf(withCurves([[1, 1, 10]])).networks).toEqual([{ at: 1, mean: close(0.1), ci: null }]);
  });

  it('do not depend on the order of points', () => {
    const turned = two.map((run) => ({ ...run, curve: run.curve.toReversed() }));
    expect(anytimeOf(turned)).toEqual(anytimeOf(two));
  });

  it('have at most 50 points, the first and the last among them', () => {
    const long = withCurves(Array.from({ length: 200 }, (_, i) => [i + 1, i + 1, 50 - i / 10]));
    const points = anytimeOf(long).networks;
    expect(points).toHaveLength(50);
    expect([points[0].at, points[49].at]).toEqual([1, 200]);
  });

  it('are empty where a run searched nothing', () => {
    expect(anytimeOf(withCurves([[1, 1, 10]], []))).toEqual({ gpuSeconds: [], networks: [] });
  });
});
