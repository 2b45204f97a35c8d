import { heading, INK, MUTED, namedAxis, PALETTE, pick, RULE, renderSvg, SYMBOLS } from './chart';
import type { Distance } from './results';

const MOST_COLUMNS = 4;
const PLOT = { width: 186, height: 180 };
const CELL = { width: 262, height: 266 };
const LEFT = 58;
const TOP = 48;
const NAME_ROOM = 26;
const LEGEND_ROW = 44;
/** Rough widths of a letter of the legend, and of a line's sign with the gaps around it. */
const LETTER = 7.4;
const SIGN = 70;
const NULL_NAME = 'the target itself, other first weights';

/** Where an ε stands on its axis, which is logarithmic; so is that of the distances, and neither has a place for 0. */
const exponent = (epsilon: number): number => Math.round(Math.log10(epsilon) * 1000) / 1000;

/**
 * Log-det distances over ε as SVG: a small plot for each target, a line for each source. A mark stands on the source
 * that is closest at that ε, a grey line is the target's null, an upright one the ε of the run.
 * Needs one ε or more.
 */
export function sensitivitySvg(
  { tasks, epsilon, overEpsilon }: Pick<Distance, 'tasks' | 'epsilon' | 'overEpsilon'>,
  names: readonly string[],
): string {
  const columns = Math.min(MOST_COLUMNS, tasks.length);
  const rows = Math.ceil(tasks.length / columns);
  const place = (target: number) => ({
    left: LEFT + (target % columns) * CELL.width,
    top: TOP + NAME_ROOM + Math.floor(target / columns) * CELL.height,
  });
  const exponents = overEpsilon.map((entry) => exponent(entry.epsilon));
  const [least, most] = [Math.min(...exponents), Math.max(...exponents)];
  const sourceLine = (source: number, target: number) => {
    const points = overEpsilon.map(({ epsilon, logdet }) => ({
      value: [exponent(epsilon), logdet.mean[source][target]],
      isClosest: logdet.closest[target].closest === tasks[source],
    }));
    return {
      type: 'line',
      name: names[source],
      xAxisIndex: target,
      yAxisIndex: target,
      color: pick(PALETTE, source),
      symbol: pick(SYMBOLS, source),
      lineStyle: { width: 2 },
      silent: true,
      data: points
        .filter(({ value: [, distance] }) => distance > 0)
        .map(({ value, isClosest }) => ({ value, symbolSize: 9, ...(!isClosest && { symbol: 'none' }) })),
    };
  };
  const nullLine = (target: number) => ({
    type: 'line',
    name: NULL_NAME,
    xAxisIndex: target,
    yAxisIndex: target,
    color: MUTED,
    symbol: 'none',
    lineStyle: { width: 1.5, type: 'dashed' },
    silent: true,
    data: overEpsilon.flatMap((entry) => {
      const itself = entry.nulls[target];
      return itself && itself.mean > 0 ? [[exponent(entry.epsilon), itself.mean]] : [];
    }),
    markLine: {
      symbol: 'none',
      silent: true,
      label: { show: false },
      lineStyle: { color: INK, width: 1, type: 'dotted' },
      data: [{ xAxis: exponent(epsilon) }],
    },
  });
  const series = tasks.flatMap((_, target) => [
    ...tasks.flatMap((_, source) => (source === target ? [] : [sourceLine(source, target)])),
    nullLine(target),
  ]);
  const width = LEFT + columns * CELL.width - (CELL.width - PLOT.width) + 24;
  const hasNull = overEpsilon.some(({ nulls }) => nulls.some((itself) => itself !== null));
  const legend = [...names, ...(hasNull ? [NULL_NAME] : [])];
  const bottom = TOP + NAME_ROOM + (rows - 1) * CELL.height + PLOT.height + 54;
  const lines = Math.ceil(legend.reduce((sum, name) => sum + name.length * LETTER + SIGN, 0) / (width - 40));
  return renderSvg(
    {
      title: [
        heading('Log-det distance over ε'),
        ...tasks.map((_, target) => ({
          text: `to ${names[target]}`,
          left: place(target).left,
          top: place(target).top - NAME_ROOM,
          padding: 0,
          textStyle: { color: INK, fontSize: 13, fontWeight: 600 },
        })),
      ],
      grid: tasks.map((_, target) => ({ ...place(target), ...PLOT, outerBoundsMode: 'none' })),
      xAxis: tasks.map((_, target) => ({
        ...namedAxis('ε', 26),
        gridIndex: target,
        type: 'value',
        min: least === most ? least - 1 : least,
        max: least === most ? most + 1 : most,
        interval: 2,
        splitLine: { show: false },
        axisLabel: { color: MUTED, fontSize: 11, formatter: (value: number) => `1e${value}` },
      })),
      yAxis: tasks.map((_, target) => ({
        ...namedAxis(target % columns === 0 ? 'nats per weight' : '', 40),
        gridIndex: target,
        type: 'log',
        splitLine: { lineStyle: { color: RULE } },
        axisLabel: {
          color: MUTED,
          fontSize: 11,
          formatter: (value: number) => String(Number(value.toPrecision(1))),
        },
      })),
      legend: {
        data: legend.map((name) => ({ name, itemStyle: { opacity: name === NULL_NAME ? 0 : 1 } })),
        left: 'center',
        top: bottom,
        width: width - 40,
        itemGap: 30,
        selectedMode: false,
        textStyle: { color: INK, fontSize: 12.5 },
      },
      series,
    },
    {
      width,
      height: bottom + Math.max(1, lines) * LEGEND_ROW + 8,
      label: `Log-det distance over ε, a plot for each target: ${names.join(', ')}`,
    },
  );
}
