import { heading, namedAxis, PALETTE, pick, renderSvg } from '../chart';
import { formatPercent } from '../format';
import { intervalRowsSvg } from '../interval-rows';
import { plotLayout } from '../plot';
import type { Anytime } from './anytime';
import { formatPoints } from './points';
import type { Study } from './study';
import { byMean } from './table';

const percent = (share: number): number => 100 * share;

/** Test errors: each method’s mean on its interval, and every run as a ring. */
export function errorsSvg({ methods, seeds, tasks }: Pick<Study, 'methods' | 'seeds' | 'tasks'>): string {
  return intervalRowsSvg({
    title: 'Test error of what each method finds',
    subtitle: `mean and its 95 % interval; rings are single runs, over ${counted(tasks, 'task')} and ${counted(seeds, 'seed')}`,
    axis: { name: 'test error (%)' },
    rows: byMean(methods).map(([name, { errors, mean, ci }]) => ({
      name,
      mean: percent(mean),
      ends: ci && [percent(ci[0]), percent(ci[1])],
      points: errors.map(percent),
    })),
    format: (value) => formatPercent(value / 100),
  });
}

/** Differences between methods: each mean on its interval, and every pair as a ring. */
export function differencesSvg({ pairs }: Pick<Study, 'pairs'>): string {
  const all = pairs.flatMap(({ differences, ci }) => [...differences, ...(ci ?? [])]);
  const reach = percent(Math.max(...all.map(Math.abs))) || 1;
  // The axis ends at a round number, as far on both sides of 0.
  const step = 10 ** Math.floor(Math.log10(reach));
  const end = Number((Math.ceil((1.02 * reach) / step) * step).toPrecision(3));
  return intervalRowsSvg({
    title: 'Differences in test error, paired by task and seed',
    subtitle: 'mean and its 95 % interval; rings are pairs; left of 0 the first has the lower error',
    axis: { name: 'difference (points)', min: -end, max: end },
    rows: pairs.map(({ a, b, difference, ci, differences }) => ({
      name: `${a} less ${b}`,
      mean: percent(difference),
      ends: ci && [percent(ci[0]), percent(ci[1])],
      points: differences.map(percent),
    })),
    format: (value) => formatPoints(value / 100),
  });
}

const AXES: Readonly<Record<keyof Anytime, string>> = {
  gpuSeconds: 'GPU seconds',
  networks: 'networks trained',
};

/** Whether some method has a curve. */
export const hasCurves = ({ methods }: Pick<Study, 'methods'>): boolean =>
  Object.values(methods).some(({ anytime }) => anytime.networks.length > 0);

/** Best validation error so far against what was spent: the mean as a line of steps in its interval. */
export function anytimeSvg({ methods }: Pick<Study, 'methods'>, axis: keyof Anytime): string {
  const arms = Object.entries(methods).filter(([, { anytime }]) => anytime[axis].length > 0);
  const names = arms.map(([name]) => name);
  const { grid, legend, width, height } = plotLayout(names);
  const title = `Best validation error against ${AXES[axis]}`;
  const ends = arms.map(([name, { anytime }]) => {
    const last = anytime[axis][anytime[axis].length - 1];
    return `${name} ends at ${formatPercent(last.mean)} %`;
  });
  return renderSvg(
    {
      title: heading(title),
      grid,
      xAxis: { ...namedAxis(AXES[axis], 30), type: 'value', scale: true, splitLine: { show: false } },
      yAxis: { ...namedAxis('validation error (%)', 46), type: 'value', scale: true },
      legend,
      series: arms.flatMap(([name, { anytime }], index) => lineOf(name, anytime[axis], index)),
    },
    { width, height, label: `${title}. ${ends.join('; ')}` },
  );
}

function lineOf(name: string, points: Anytime['networks'], index: number) {
  const color = pick(PALETTE, index);
  const line = { type: 'line', step: 'end' as const, color, symbol: 'none', silent: true };
  const band = points.flatMap(({ at, ci }) =>
    ci ? [{ at, low: percent(ci[0]), high: percent(ci[1]) }] : [],
  );
  const edge = {
    ...line,
    name: '',
    stack: `band ${index}`,
    stackStrategy: 'all' as const,
    lineStyle: { opacity: 0 },
  };
  return [
    ...(band.length > 0
      ? [
          { ...edge, data: band.map(({ at, low }) => [at, low]) },
          {
            ...edge,
            data: band.map(({ at, low, high }) => [at, high - low]),
            areaStyle: { color, opacity: 0.16 },
          },
        ]
      : []),
    {
      ...line,
      name,
      lineStyle: { width: 2 },
      // A single point is no line: it has a mark.
      showSymbol: points.length === 1,
      ...(points.length === 1 && { symbol: 'circle', symbolSize: 8 }),
      data: points.map(({ at, mean }) => [at, percent(mean)]),
    },
  ];
}

const counted = (things: readonly unknown[], name: string): string =>
  `${things.length} ${things.length === 1 ? name : `${name}s`}`;
