import { BarChart, HeatmapChart, LineChart } from 'echarts/charts';
import {
  AriaComponent,
  GraphicComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
  VisualMapComponent,
} from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { plain } from '../../runtime/plain';
import { FONT } from './font';
import { escapeHtml } from './markup';

use([
  AriaComponent,
  BarChart,
  GraphicComponent,
  GridComponent,
  HeatmapChart,
  LegendComponent,
  LineChart,
  MarkAreaComponent,
  MarkLineComponent,
  SVGRenderer,
  TitleComponent,
  VisualMapComponent,
]);

/** Okabe and Ito's colour-blind-safe colours, yellow (too pale on white) replaced by wine. */
export const PALETTE = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#3a3a3a',
  '#882255',
] as const;

export const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond', 'emptyCircle', 'emptyRect'] as const;

export const INK = '#1f2933';
export const MUTED = '#5b6773';
export const RULE = '#d9dee3';
export const CARD = '#ffffff';
export const FIXED_FONT = 'ui-monospace, Menlo, Consolas, monospace';
export const FONT_SIZE = 13;

/** Picks from a palette or symbol list, starting over at its end. */
export function pick<T>(list: readonly T[], index: number): T {
  return list[index % list.length] as T;
}

/** A chart's heading; kept in one place so that all pictures look alike. */
export function heading(text: string) {
  return {
    text,
    left: 12,
    top: 10,
    textStyle: { color: INK, fontSize: 15, fontWeight: 600 },
    itemGap: 6,
    subtextStyle: { color: MUTED, fontSize: 12.5 },
  };
}

/** A value axis with its name beside the middle of the axis. `gap` in pixels from the axis line. */
export function namedAxis(name: string, gap: number) {
  return {
    name,
    nameLocation: 'middle' as const,
    nameGap: gap,
    nameTextStyle: { color: INK, fontSize: FONT_SIZE },
    axisLabel: { color: MUTED, fontSize: 12 },
    axisLine: { lineStyle: { color: MUTED } },
    splitLine: { lineStyle: { color: RULE } },
  };
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** What a reader who cannot see the picture is told. */
  readonly label: string;
}

/** Draws an option as one SVG on a white card, without a browser. Sizes are in CSS pixels. */
export function renderSvg(option: EChartsCoreOption, { width, height, label }: Picture): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: CARD,
      textStyle: { fontFamily: FONT, fontSize: FONT_SIZE, color: INK },
      ...option,
    });
    return plain(chart.renderToSVGString({ useViewBox: true })).replace(
      '<svg ',
      `<svg role="img" aria-label="${escapeHtml(label)}" `,
    );
  } finally {
    chart.dispose();
  }
}
