import { ScatterChart } from 'echarts/charts';
import { use } from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { CARD, heading, INK, namedAxis, PALETTE, pick, renderSvg, SYMBOLS } from './chart';
import { type Place, type Plot, placeLabels } from './label-places';

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

interface Axis {
  readonly name: string;
  /** Ends that the axis does not go beyond; all values lie between them. */
  readonly least?: number;
  readonly most?: number;
}

export interface Scatter {
  readonly title: string;
  /** A sentence under the title. */
  readonly subtitle: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly groups: readonly PointGroup[];
}

const PLOT: Plot = { left: 66, right: 700, top: 72, bottom: 452 };
const WIDTH = 724;
const AXIS_ROOM = 54;
const LEGEND_ROW = 24;
const LABEL_SIZE = 12;
/** Rough widths of a label's letter and of the room beside it: server-side rendering has no font to ask. */
const LETTER = 7.4;
const ROOM = 7;
/** Where the line from a mark ends: above or below its label's middle. */
const LINE_END = 7;
/** Share of the values' extent that stays free beyond the outermost. */
const MARGIN = 0.04;

/** Labelled points in groups as SVG. As long as there is room, no label covers another one. */
export function scatterSvg({ title, subtitle, x, y, groups }: Scatter): string {
  const points = groups.flatMap((group) => group.points);
  const lines = groups.flatMap(({ line }) => (line === undefined ? [] : [line]));
  const xRange = niceRange(
    points.map((point) => point.x),
    x,
  );
  const yRange = niceRange([...points.map((point) => point.y), ...lines], y);
  const toPlot = (point: Point): Place => ({
    x: PLOT.left + ((point.x - xRange.min) / (xRange.max - xRange.min)) * (PLOT.right - PLOT.left),
    y: PLOT.bottom - ((point.y - yRange.min) / (yRange.max - yRange.min)) * (PLOT.bottom - PLOT.top),
  });
  const places = placeLabels(
    points.map((point) => ({ ...toPlot(point), width: point.label.length * LETTER + ROOM })),
    PLOT,
  );
  const placed = new Map(points.map((point, i) => [point, { mark: toPlot(point), label: places[i] }]));
  const legendTop = PLOT.bottom + AXIS_ROOM;
  const axis = { type: 'value', axisLine: { onZero: false } };
  return renderSvg(
    {
      title: { ...heading(title), subtext: subtitle },
      grid: {
        left: PLOT.left,
        width: PLOT.right - PLOT.left,
        top: PLOT.top,
        height: PLOT.bottom - PLOT.top,
        outerBoundsMode: 'none' as const,
      },
      xAxis: { ...namedAxis(x.name, 30), ...axis, ...xRange },
      yAxis: { ...namedAxis(y.name, 46), ...axis, ...yRange },
      legend: {
        data: groups.map(({ name }) => name),
        left: PLOT.left - 6,
        top: legendTop,
        orient: 'vertical',
        selectedMode: false,
        itemWidth: 13,
        itemHeight: 11,
        textStyle: { color: INK, fontSize: 12.5 },
      },
      series: groups.map((group, index) => seriesOf(group, index, placed)),
    },
    {
      width: WIDTH,
      height: legendTop + groups.length * LEGEND_ROW + 10,
      label: `${title}: ${points.length} points of ${groups.map(({ name }) => name).join('; ')}. ${subtitle}`,
    },
  );
}

/** @param placed pixels of every point and of its label's middle */
function seriesOf(
  { name, points, line }: PointGroup,
  index: number,
  placed: ReadonlyMap<Point, { mark: Place; label: Place }>,
) {
  const color = pick(PALETTE, index);
  const placeOf = (point: Point) => placed.get(point) ?? { mark: point, label: point };
  return {
    type: 'scatter',
    name,
    color,
    symbol: pick(SYMBOLS, index),
    symbolSize: 11,
    silent: true,
    clip: false,
    itemStyle: { opacity: 1 },
    data: points.map((point) => {
      const { mark, label } = placeOf(point);
      return {
        value: [point.x, point.y],
        label: { formatter: point.label },
        labelLine: { show: label.y !== mark.y },
      };
    }),
    // Rimmed, so that a line across it does not strike it through.
    label: { show: true, color: INK, fontSize: LABEL_SIZE, textBorderColor: CARD, textBorderWidth: 3 },
    z: 3,
    labelLayout: ({ dataIndex }: { dataIndex: number }) => {
      const { mark, label } = placeOf(points[dataIndex]);
      const end = label.y + LINE_END * Math.sign(mark.y - label.y);
      return {
        x: label.x,
        y: label.y,
        align: 'center',
        verticalAlign: 'middle',
        labelLinePoints: [
          [mark.x, mark.y],
          [label.x, end],
        ],
      };
    },
    labelLine: { show: true, lineStyle: { color, width: 1 } },
    ...(line !== undefined && {
      markLine: {
        symbol: 'none',
        silent: true,
        label: { show: false },
        z: 2,
        lineStyle: { color, type: [5, 4], width: 1.5 },
        data: [{ yAxis: line }],
      },
    }),
  };
}

/**
 * An axis with about five round steps around the values, with a margin. A single value stands in its middle.
 */
function niceRange(values: readonly number[], { least = -Infinity, most = Infinity }: Axis) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const extent = high - low || Math.abs(high) || 1;
  const from = Math.max(least, low - (high > low ? MARGIN : 0.5) * extent);
  const to = Math.min(most, high + (high > low ? MARGIN : 0.5) * extent);
  const power = 10 ** Math.floor(Math.log10((to - from) / 5));
  const interval = power * ([1, 2, 5].find((factor) => factor * power >= (to - from) / 6) ?? 10);
  // Powers of ten below 1 are no binary fractions: 3 × 0.1 would be printed with all its digits.
  const digits = Math.max(0, -Math.floor(Math.log10(interval)));
  const multiple = (round: (steps: number) => number, end: number) =>
    Number((round(end / interval) * interval).toFixed(digits));
  return {
    min: Math.max(least, multiple(Math.floor, from)),
    max: Math.min(most, multiple(Math.ceil, to)),
    interval,
  };
}
