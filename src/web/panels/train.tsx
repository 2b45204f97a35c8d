import { Chart } from '../chart';
import { Card, Empty } from '../parts';
import { css, diverging, Pixels } from '../pixels';
import type { Filters } from '../protocol';
import {
  accuracyChart,
  errorChart,
  lossChart,
  spokenAccuracy,
  spokenError,
  spokenLoss,
} from '../train/charts';
import { Sights } from '../train/sights';
import type { PanelProps } from './panel';
import { RunCard } from './run-card';

const CHART_HEIGHT = 250;

export function TrainPanel(props: PanelProps) {
  const { state, send, isDark, ready } = props;
  return (
    <div class="panel">
      <RunCard {...props} />
      <Card title="Loss">
        <Chart
          height={CHART_HEIGHT}
          label={spokenLoss(state)}
          option={(colours) => lossChart(state, colours)}
        />
      </Card>
      <Card title="Accuracy">
        <Chart
          height={CHART_HEIGHT}
          label={spokenAccuracy(state)}
          option={(colours) => accuracyChart(state, colours)}
        />
      </Card>
      <Card
        title="Error"
        note="What is short of 100 %, logarithmic: 98 and 99 % are as far apart as 80 and 90 %."
      >
        <Chart
          height={CHART_HEIGHT}
          label={spokenError(state)}
          option={(colours) => errorChart(state, colours)}
        />
      </Card>
      <Card title="First layer" note="What each unit of the first layer looks for, in weights.">
        {state.filters ? (
          <FilterGrid filters={state.filters} isDark={isDark} />
        ) : (
          <Empty height={CHART_HEIGHT - 32}>Weights appear with the first step.</Empty>
        )}
      </Card>
      <Sights state={state} send={send} isDark={isDark} ready={ready} />
    </div>
  );
}

function FilterGrid({ filters, isDark }: { filters: Filters; isDark: boolean }) {
  const { count: filterCount, height, width, values } = filters;
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  return (
    <>
      <div class={width > 8 ? 'filters large' : 'filters'}>
        {Array.from({ length: filterCount }, (_, filter) => (
          <Pixels
            key={filter}
            rows={height}
            columns={width}
            of={values}
            isDark={isDark}
            colour={(i) => diverging(values[filter * height * width + i] / largest, isDark)}
            label={`Weights of unit ${filter + 1} of ${filterCount}`}
          />
        ))}
      </div>
      <div class="scale">
        <span>−{largest.toPrecision(2)}</span>
        <span
          class="ramp"
          style={{
            background: `linear-gradient(to right, ${css(diverging(-1, isDark))}, ${css(diverging(0, isDark))}, ${css(diverging(1, isDark))})`,
          }}
        />
        <span>{largest.toPrecision(2)}</span>
        <span>weight</span>
      </div>
    </>
  );
}
