import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { type ECharts, type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'preact/hooks';
import { FONT } from '../report/chart';
import { token } from './theme';

use([BarChart, GridComponent, LegendComponent, LineChart, SVGRenderer, TooltipComponent]);

/** The page's colours, as a chart needs them. */
export function chartColours() {
  return {
    ink: token('--ink'),
    muted: token('--muted'),
    rule: token('--rule'),
    card: token('--card'),
    series: ['--series-1', '--series-2', '--series-3', '--series-4'].map(token),
  };
}
export type Colours = ReturnType<typeof chartColours>;

/** A value axis with its name and unit beside its middle. `gap` is in pixels from the axis line. */
export function axis(name: string, gap: number, { muted, ink, rule }: Colours) {
  return {
    type: 'value' as const,
    name,
    nameLocation: 'middle' as const,
    nameGap: gap,
    nameTextStyle: { color: ink, fontSize: 12 },
    axisLabel: { color: muted, fontSize: 12, hideOverlap: true },
    axisLine: { show: true, lineStyle: { color: muted } },
    splitLine: { lineStyle: { color: rule } },
  };
}

/** A line through points, without marks. */
export function line(
  name: string,
  color: string,
  data: readonly (readonly [number, number])[],
  marks = false,
) {
  return {
    type: 'line' as const,
    name,
    color,
    data: [...data],
    showSymbol: marks || data.length < 2,
    symbolSize: 6,
    lineStyle: { width: 2 },
  };
}

/** A chart of fixed height that follows its width and theme. */
export function Chart({
  option,
  height,
  label,
}: {
  option: (colours: Colours) => EChartsCoreOption;
  height: number;
  /** What a reader who cannot see the chart is told. */
  label: string;
}) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | undefined>(undefined);
  useEffect(() => {
    if (!place.current) return;
    const made = init(place.current, null, { renderer: 'svg' });
    chart.current = made;
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(place.current);
    return () => {
      observer.disconnect();
      made.dispose();
    };
  }, []);
  useEffect(() => {
    const colours = chartColours();
    chart.current?.setOption(
      {
        animation: false,
        textStyle: { fontFamily: FONT, color: colours.ink },
        tooltip: {
          trigger: 'axis',
          confine: true,
          backgroundColor: colours.card,
          borderColor: colours.rule,
          textStyle: { color: colours.ink, fontSize: 12 },
        },
        ...option(colours),
      },
      { notMerge: true },
    );
  });
  return (
    <div class="chart" role="img" aria-label={label} style={{ height: `${height}px` }}>
      <div ref={place} aria-hidden="true" />
    </div>
  );
}
