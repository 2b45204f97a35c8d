import { heading, INK, MUTED, namedAxis, PALETTE, renderSvg } from './chart';
import type { ComparedRow, Comparison } from './comparison';
import { errorText } from './comparison-table';

const WIDTH = 560;
const LEFT = 150;
const TOP = 62;
const ROW = 34;
const BELOW = 70;
const [OURS, PUBLISHED] = [PALETTE[0], '#b8c2cc'];

/** Test errors as SVG: for each architecture the published one above ours, and 'not run' where there is none. */
export function comparisonSvg({ title, source, rows }: Comparison): string {
  const height = rows.length * ROW;
  const names = rows.map(nameOf);
  return renderSvg(
    {
      title: { ...heading(title), subtext: `published: ${source}; shorter bars are better` },
      grid: { left: LEFT, right: 90, top: TOP, height, outerBoundsMode: 'none' as const },
      xAxis: { type: 'value', min: 0, ...namedAxis('test error (%)', 28) },
      yAxis: {
        type: 'category',
        inverse: true,
        data: names,
        axisTick: { show: false },
        axisLabel: { color: INK, fontSize: 12, width: LEFT - 16, overflow: 'truncate' },
        axisLine: { lineStyle: { color: MUTED } },
      },
      legend: {
        data: ['published', 'ours'],
        left: LEFT,
        top: TOP + height + 46,
        selectedMode: false,
        textStyle: { color: INK, fontSize: 12.5 },
      },
      series: [
        bars(
          'published',
          PUBLISHED,
          rows.map(({ published }) => ({
            value: published?.testErrorPercent ?? 0,
            text: published?.testErrorPercent.toFixed(2) ?? '',
          })),
        ),
        bars(
          'ours',
          OURS,
          rows.map(({ measured }) =>
            measured
              ? { value: measured.errorPercent.mean, text: errorText(measured) }
              : { value: 0, text: 'not run' },
          ),
        ),
      ],
    },
    {
      width: WIDTH,
      height: TOP + height + BELOW + 14,
      label: `${title}: test errors in percent. ${rows.map(sentence).join('; ')}`,
    },
  );
}

const nameOf = ({ published, measured }: ComparedRow): string =>
  published?.architecture ?? measured?.architecture ?? '';

function bars(name: string, color: string, data: readonly { value: number; text: string }[]) {
  return {
    type: 'bar',
    name,
    color,
    barWidth: 11,
    barGap: '10%',
    silent: true,
    data: data.map(({ value, text }) => ({
      value,
      label: { show: true, position: 'right', formatter: text, color: INK, fontSize: 11 },
    })),
  };
}

function sentence(row: ComparedRow): string {
  const theirs = row.published ? `published ${row.published.testErrorPercent.toFixed(2)}` : 'not published';
  return `${nameOf(row)}: ${theirs}, ${row.measured ? `ours ${errorText(row.measured)}` : 'not run'}`;
}
