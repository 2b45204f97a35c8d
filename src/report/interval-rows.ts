import { ScatterChart } from 'echarts/charts';
import { use } from 'echarts/core';
import { heading, INK, MUTED, namedAxis, PALETTE, renderSvg } from './chart';

use([ScatterChart]);

const WIDTH = 724;
const LEFT = 300;
const TOP = 72;
const ROW = 40;
const BELOW = 58;

/** A mean as a dot on its interval, with a ring for each value that it is of. */
export interface IntervalRow {
  readonly name: string;
  readonly mean: number | undefined;
  readonly ends: readonly [low: number, high: number] | null;
  readonly points: readonly number[];
  /** Default: the first of the palette. */
  readonly color?: string;
}

export interface IntervalRows {
  readonly title: string;
  readonly subtitle: string;
  readonly axis: { readonly name: string; readonly min?: number; readonly max?: number };
  readonly rows: readonly IntervalRow[];
  /** A number in words, for those who do not see the picture. */
  readonly format: (value: number) => string;
}

/** Rows of means with intervals and every value, one under the other, as SVG. */
export function intervalRowsSvg({ title, subtitle, axis, rows, format }: IntervalRows): string {
  const height = Math.max(1, rows.length) * ROW;
  const sentence = ({ name, mean, ends }: IntervalRow) =>
    `${name}: ${mean === undefined ? 'none' : format(mean)}${ends ? `, ${ends.map(format).join(' to ')}` : ''}`;
  return renderSvg(
    {
      title: { ...heading(title), subtext: subtitle },
      grid: { left: LEFT, right: 30, top: TOP, height, outerBoundsMode: 'none' as const },
      xAxis: { type: 'value', min: axis.min, max: axis.max, scale: true, ...namedAxis(axis.name, 30) },
      yAxis: {
        type: 'category',
        inverse: true,
        data: rows.map(({ name }) => name),
        axisTick: { show: false },
        axisLine: { onZero: false, lineStyle: { color: MUTED } },
        axisLabel: { color: INK, fontSize: 12, width: LEFT - 16, overflow: 'break' },
      },
      series: rows.flatMap(seriesOf),
    },
    { width: WIDTH, height: TOP + height + BELOW, label: `${title}. ${rows.map(sentence).join('; ')}` },
  );
}

function seriesOf({ mean, ends, points, color = PALETTE[0] }: IntervalRow, row: number) {
  const common = { color, silent: true, animation: false };
  return [
    ...(ends
      ? [
          {
            ...common,
            type: 'line',
            symbol: 'none',
            lineStyle: { color, width: 3, opacity: 0.45 },
            data: ends.map((end) => [end, row]),
          },
        ]
      : []),
    {
      ...common,
      type: 'scatter',
      symbol: 'emptyCircle',
      symbolSize: 8,
      data: points.map((value) => [value, row]),
    },
    { ...common, type: 'scatter', symbol: 'circle', symbolSize: 13, data: [[mean, row]] },
  ];
}
