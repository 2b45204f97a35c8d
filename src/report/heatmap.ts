import { color } from 'echarts/core';
import { FONT_SIZE, heading, INK, MUTED, namedAxis, PALETTE, renderSvg } from './chart';
import { FONT } from './font';
import { formatDistance } from './format';

export interface HeatMap {
  readonly title: string;
  /** What the numbers are, for the colour bar. */
  readonly unit: string;
  /** Names of rows (sources) and columns (targets), in the matrix's order. */
  readonly names: readonly string[];
  /** Square, [source, target]; a cell without a number is null. */
  readonly values: readonly (readonly (number | null)[])[];
  /** Where the diagonal holds nulls: whether a number is not above that of its column, and stands in brackets. */
  readonly atNull?: readonly (readonly boolean[])[];
}

/** Pale to dark blue: lightness alone carries the order, so it reads in grey and with any colour vision. */
const RAMP = ['#f2f6fb', '#c3d9ee', '#7fb0da', '#3a7fbc', '#0d4a86', '#062c55'];

/** A cell of the diagonal that holds a null: no distance between tasks, but its yardstick. */
const NULL_STYLE = { borderColor: PALETTE[1], borderWidth: 2, borderType: 'dashed' as const };

const CELL = 74;
const LINE = 16;
const COLUMN_LETTERS = 9;
const BOTTOM = 66;
const RIGHT = 22;
const KEY_LEFT = 16;

/** Rough width of a label in pixels: server-side rendering has no font to ask. */
function labelWidth(names: readonly string[]): number {
  return Math.min(150, Math.max(...names.map((name) => name.length)) * 7.2);
}

/** Breaks a name at its spaces into lines that stand over a column. A longer word stays whole. */
export function wrapName(name: string, letters: number): string[] {
  const lines: string[] = [];
  for (const word of name.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= letters)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Relative luminance of WCAG 2, 0 (black) to 1 (white). */
function luminance(fill: string): number {
  const [red = 0, green = 0, blue = 0] = (color.parse(fill) ?? []).map((value) =>
    value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Black or white, whichever stands out more: where they draw level, at 0.179, both have 4.6 : 1. */
function inkOn(share: number): string {
  return luminance(color.lerp(share, RAMP) as string) > 0.179 ? '#000000' : '#ffffff';
}

const labelOf = (text: string, isBracketed = false) =>
  isBracketed ? { formatter: `(${text})`, fontWeight: 400 } : { formatter: text };

/** A square matrix over tasks as SVG: rows are sources, columns targets, every number in its cell. */
export function heatMapSvg({ title, unit, names, values, atNull }: HeatMap): string {
  const left = labelWidth(names) + 44;
  const wrapped = names.map((name) => wrapName(name, COLUMN_LETTERS));
  const nameRoom = Math.max(...wrapped.map((lines) => lines.length)) * LINE + 12;
  const start = 52 + nameRoom;
  const side = Math.max(names.length, 3) * CELL;
  const numbers = values.flat().filter((value) => value !== null);
  const low = Math.min(0, ...numbers);
  const largest = Math.max(...numbers);
  const top = largest > low ? largest : low + 1;
  const cells = values.flatMap((row, source) =>
    row.flatMap((value, target) => {
      if (value === null) return [];
      const text = formatDistance(value);
      const color = inkOn((value - low) / (top - low));
      return [
        { value: [target, source, value], label: { color, ...labelOf(text, atNull?.[source][target]) } },
      ];
    }),
  );
  // Drawn last, so that no neighbour covers their outlines.
  const isNull = ({ value: [target, source] }: { value: number[] }) =>
    atNull !== undefined && source === target;
  const nulls = cells.filter(isNull).map((cell) => ({ ...cell, itemStyle: NULL_STYLE }));
  const data = [...cells.filter((cell) => !isNull(cell)), ...nulls];
  const axis = {
    type: 'category' as const,
    data: [...names],
    axisTick: { show: false },
    splitLine: { show: false },
  };
  const axisLabel = { color: INK, fontSize: FONT_SIZE, interval: 0 };
  const key = atNull
    ? [
        'dashed: the task from itself, other first weights',
        '(in brackets): not above its column’s dashed number + sd',
      ]
    : [];
  return renderSvg(
    {
      title: heading(title),
      grid: { left, top: start, width: side, height: side, outerBoundsMode: 'none' },
      xAxis: {
        ...namedAxis('target task', 0),
        ...axis,
        position: 'top',
        nameGap: nameRoom,
        axisLabel: {
          ...axisLabel,
          lineHeight: LINE,
          formatter: (_: string, index: number) => wrapped[index]?.join('\n'),
        },
      },
      yAxis: {
        ...namedAxis('source task', left - 22),
        ...axis,
        inverse: true,
        axisLabel: { ...axisLabel, width: 150, overflow: 'break' as const },
      },
      visualMap: {
        type: 'continuous',
        min: low,
        max: top,
        calculable: false,
        orient: 'horizontal',
        left: left,
        top: start + side + 26,
        itemWidth: 14,
        itemHeight: side * 0.6,
        precision: 3,
        inRange: { color: RAMP },
        textStyle: { color: MUTED, fontSize: 12 },
        text: [formatDistance(top), formatDistance(low)],
      },
      graphic: [
        {
          type: 'text',
          left,
          top: start + side + 10,
          style: { text: unit, fill: MUTED, font: `12px ${FONT}` },
        },
        ...key.map((text, line) => ({
          type: 'text',
          left: KEY_LEFT,
          top: start + side + BOTTOM + line * LINE,
          style: { text, fill: MUTED, font: `12px ${FONT}` },
        })),
      ],
      series: [
        {
          type: 'heatmap',
          data,
          label: { show: true, fontSize: 15, fontWeight: 600 },
          itemStyle: { borderColor: '#ffffff', borderWidth: 2 },
          silent: true,
        },
      ],
    },
    {
      width: left + side + RIGHT,
      height: start + side + BOTTOM + key.length * LINE + (key.length > 0 ? 8 : 0),
      label: `${title}: ${names.length} by ${names.length} matrix, rows are source tasks, columns target tasks`,
    },
  );
}
