import { ScatterChart } from 'echarts/charts';
import { use } from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { heading, INK, namedAxis, PALETTE, pick, renderSvg, SYMBOLS } from './chart';

use([ScatterChart, LabelLayout]);

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

/** Points of one colour and sign. */
export interface PointGroup {
  readonly name: string;
  readonly points: readonly Point[];
  /** Height of a dashed line across the plot, in the group's colour. */
  readonly line?: number;
}

export interface Scatter {
  readonly title: string;
  /** A sentence under the title. */
  readonly subtitle: string;
  readonly xName: string;
  readonly yName: string;
  readonly groups: readonly PointGroup[];
}

const WIDTH = 720;
const TOP = 72;
const HEIGHT = 380;
const AXIS_ROOM = 54;
const LEGEND_ROW = 24;
/** Room right of the axis' end for the label of a point there. */
const RIGHT = 64;
/** Share of the axes' extent that stays free beyond the outermost points. */
const MARGIN = 0.06;

/** Labelled points in groups as SVG; labels that would cover each other are moved up or down. */
export function scatterSvg({ title, subtitle, xName, yName, groups }: Scatter): string {
  const points = groups.flatMap((group) => group.points);
  const lines = groups.flatMap(({ line }) => (line === undefined ? [] : [line]));
  const legendTop = TOP + HEIGHT + AXIS_ROOM;
  return renderSvg(
    {
      title: { ...heading(title), subtext: subtitle },
      grid: {
        ...{ left: 66, width: WIDTH - 66 - RIGHT, top: TOP, height: HEIGHT },
        outerBoundsMode: 'none' as const,
      },
      xAxis: { ...namedAxis(xName, 30), type: 'value', ...range(points.map(({ x }) => x)) },
      yAxis: { ...namedAxis(yName, 46), type: 'value', ...range([...points.map(({ y }) => y), ...lines]) },
      legend: {
        data: groups.map(({ name }) => name),
        ...{ left: 60, top: legendTop, orient: 'vertical', selectedMode: false },
        textStyle: { color: INK, fontSize: 12.5 },
      },
      series: groups.map(seriesOf),
    },
    {
      width: WIDTH,
      height: legendTop + groups.length * LEGEND_ROW + 10,
      label: `${title}: ${points.length} points of ${groups.map(({ name }) => name).join('; ')}. ${subtitle}`,
    },
  );
}

function seriesOf({ name, points, line }: PointGroup, index: number) {
  const color = pick(PALETTE, index);
  return {
    type: 'scatter',
    ...{ name, color, symbol: pick(SYMBOLS, index), symbolSize: 11, silent: true },
    data: points.map(({ x, y, label }) => ({ value: [x, y], label: { formatter: label } })),
    label: { show: true, position: 'right', distance: 5, color: INK, fontSize: 12 },
    labelLayout: { moveOverlap: 'shiftY' },
    labelLine: { show: true, lineStyle: { color } },
    ...(line !== undefined && {
      markLine: {
        ...{ symbol: 'none', silent: true, label: { show: false } },
        lineStyle: { color, type: [5, 4], width: 1.5 },
        data: [{ yAxis: line }],
      },
    }),
  };
}

/** Round ends of an axis that leave a margin around the values; one value stands in the middle. */
function range(values: readonly number[]): { min: number; max: number } {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const extent = most - least || Math.abs(most) || 1;
  const step = 10 ** Math.floor(Math.log10(extent * MARGIN));
  const down = Math.floor((least - extent * MARGIN) / step) * step;
  const up = Math.ceil((most + extent * MARGIN) / step) * step;
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  // Powers of ten below 1 are no binary fractions: 3 × 0.1 would be printed with all its digits.
  return { min: Number(down.toFixed(digits)), max: Number(up.toFixed(digits)) };
}
