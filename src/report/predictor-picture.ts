import { ScatterChart } from 'echarts/charts';
import { use } from 'echarts/core';
import { heading, INK, MUTED, namedAxis, PALETTE, renderSvg } from './chart';
import type { PredictorScore } from './predictor-scores';
import type { Transfer } from './transfer';

use([ScatterChart]);

const WIDTH = 724;
const LEFT = 300;
const TOP = 72;
const ROW = 40;
const BELOW = 58;
const [DISTANCE, TRIVIAL] = [PALETTE[0], PALETTE[1]];

/** Each predictor's mean ρ as a dot on its interval as SVG, with a ring for each seed. */
export function predictorsSvg({ predictors, tasks, seeds }: Transfer): string {
  const shown = predictors.filter(({ spread }) => spread);
  const height = Math.max(1, shown.length) * ROW;
  const title = 'How well each predictor orders sources by what they transfer';
  const counted = `${tasks.length} tasks, ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'}`;
  return renderSvg(
    {
      title: {
        ...heading(title),
        subtext: `mean ρ and its 95 % interval over ${counted}; rings are seeds; orange needs no distance`,
      },
      grid: { left: LEFT, right: 30, top: TOP, height, outerBoundsMode: 'none' as const },
      xAxis: {
        type: 'value',
        min: -1,
        max: 1,
        ...namedAxis('Spearman’s ρ; at −1 the sources expected first transfer best', 30),
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: shown.map(({ title, first }) => `${title}, ${first} first`),
        axisTick: { show: false },
        axisLine: { onZero: false, lineStyle: { color: MUTED } },
        axisLabel: { color: INK, fontSize: 12, width: LEFT - 16, overflow: 'break' },
      },
      series: shown.flatMap(seriesOf),
    },
    {
      width: WIDTH,
      height: TOP + height + BELOW,
      label: `${title}. ${shown.map(sentence).join('; ')}`,
    },
  );
}

function seriesOf({ spread, interval, perSeed, trivial }: PredictorScore, row: number) {
  const color = trivial ? TRIVIAL : DISTANCE;
  const common = { color, silent: true, animation: false };
  return [
    ...(interval
      ? [
          {
            ...common,
            type: 'line',
            symbol: 'none',
            lineStyle: { color, width: 3, opacity: 0.45 },
            data: [interval.low, interval.high].map((rho) => [rho, row]),
          },
        ]
      : []),
    {
      ...common,
      type: 'scatter',
      symbol: 'emptyCircle',
      symbolSize: 8,
      data: perSeed.filter((rho) => rho !== null).map((rho) => [rho, row]),
    },
    { ...common, type: 'scatter', symbol: 'circle', symbolSize: 13, data: [[spread?.mean, row]] },
  ];
}

function sentence({ title, first, spread, interval }: PredictorScore): string {
  const ends = interval ? `, ${interval.low.toFixed(2)} to ${interval.high.toFixed(2)}` : '';
  return `${title}, ${first} first: ${spread?.mean.toFixed(2)}${ends}`;
}
