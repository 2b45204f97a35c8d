import type { TestPoint, TrainPoint } from './protocol';

/** What was measured of a run. */
export interface Curves {
  readonly points: readonly TrainPoint[];
  readonly tests: readonly TestPoint[];
}

export const NO_CURVES: Curves = { points: [], tests: [] };

/** More points than a chart is wide. Above it every second point of the older half goes. */
const MOST_POINTS = 1200;

export function withPoint(points: readonly TrainPoint[], point: TrainPoint): readonly TrainPoint[] {
  const all = [...points, point];
  if (all.length <= MOST_POINTS) return all;
  const half = all.length / 2;
  return all.filter((_, i) => i >= half || i % 2 === 0);
}

/** Curves up to a step; none up to step 0, from which a run begins anew. */
export function upTo({ points, tests }: Curves, last: number): Curves {
  if (last === 0) return NO_CURVES;
  return {
    points: points.filter(({ step }) => step <= last),
    tests: tests.filter(({ step }) => step <= last),
  };
}
