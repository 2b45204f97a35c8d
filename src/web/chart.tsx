import type { EChartsCoreOption } from 'echarts/core';
import { useEffect, useRef } from 'preact/hooks';
import { FONT } from '../report/font';
import { LiveChart } from './live-chart';
import { token } from './theme';

let known: { readonly theme: string | undefined; readonly colours: Colours } | undefined;

/** The page's colours, as a chart needs them. Asked once a theme: to look them up, the browser works out all styles. */
export function chartColours(): Colours {
  const { theme } = document.documentElement.dataset;
  if (!known || known.theme !== theme) known = { theme, colours: lookUp() };
  return known.colours;
}

function lookUp() {
  return {
    ink: token('--ink'),
    muted: token('--muted'),
    rule: token('--rule'),
    card: token('--card'),
    series: ['--series-1', '--series-2', '--series-3', '--series-4'].map(token),
  };
}
export type Colours = ReturnType<typeof lookUp>;

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
  const chart = useRef<LiveChart | undefined>(undefined);
  useEffect(() => {
    const { current } = place;
    if (!current) return;
    // What draws charts is most of the page's weight, and nothing else waits for it.
    const opening = import('./echarts').then(({ init }) => init(current, null, { renderer: 'svg' }));
    const made = new LiveChart(opening);
    chart.current = made;
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(current);
    return () => {
      observer.disconnect();
      made.dispose();
    };
  }, []);
  useEffect(() => {
    const colours = chartColours();
    chart.current?.show({
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
    });
  });
  return (
    <div class="chart" role="img" aria-label={label} style={{ height: `${height}px` }}>
      <div ref={place} aria-hidden="true" />
    </div>
  );
}
