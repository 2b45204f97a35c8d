import { axis, Chart, type Colours, line } from '../chart';
import { Card, Empty } from '../parts';
import { css, diverging, Pixels } from '../pixels';
import type { Filters } from '../protocol';
import type { PageState } from '../store';
import { percent } from '../words';
import type { PanelProps } from './panel';
import { RunCard } from './run-card';

const CHART_HEIGHT = 250;

export function TrainPanel(props: PanelProps) {
  const { state, isDark } = props;
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
      <Card title="First layer" note="What each unit of the first layer looks for, in weights.">
        {state.filters ? (
          <FilterGrid filters={state.filters} isDark={isDark} />
        ) : (
          <Empty height={CHART_HEIGHT - 32}>Weights appear with the first step.</Empty>
        )}
      </Card>
    </div>
  );
}

function spokenLoss({ points }: PageState): string {
  const last = points.at(-1);
  return last
    ? `Training loss over steps; at step ${last.step} it is ${last.loss.toFixed(3)} nats`
    : 'Training loss, no step yet';
}

function spokenAccuracy({ points, tests }: PageState): string {
  const last = points.at(-1);
  const test = tests.at(-1);
  if (!last) return 'Accuracy, no step yet';
  const onTest = test ? `, on test images ${percent(test.accuracy)} %` : '';
  return `Accuracy over steps; at step ${last.step} it is ${percent(last.accuracy)} % in training${onTest}`;
}

const GRID = { left: 60, right: 20, top: 34, bottom: 48 };
const LEGEND = { top: 0, left: 56, icon: 'roundRect', itemWidth: 14, itemHeight: 4 };

function lossChart({ points, tests }: PageState, colours: Colours) {
  const [blue, orange] = colours.series;
  return {
    grid: GRID,
    legend: { ...LEGEND, textStyle: { color: colours.muted } },
    xAxis: { ...axis('step', 28, colours), min: 0, minInterval: 1, splitLine: { show: false } },
    yAxis: { ...axis('cross-entropy (nats)', 42, colours), min: 0 },
    series: [
      line(
        'training',
        blue,
        points.map(({ step, loss }) => [step, round(loss)]),
      ),
      line(
        'test',
        orange,
        tests.map(({ step, loss }) => [step, round(loss)]),
        true,
      ),
    ],
  };
}

function accuracyChart({ points, tests }: PageState, colours: Colours) {
  const [blue, orange] = colours.series;
  return {
    grid: GRID,
    legend: { ...LEGEND, textStyle: { color: colours.muted } },
    xAxis: { ...axis('step', 28, colours), min: 0, minInterval: 1, splitLine: { show: false } },
    yAxis: { ...axis('accuracy (%)', 42, colours), min: 0, max: 100 },
    series: [
      line(
        'training',
        blue,
        points.map(({ step, accuracy }) => [step, round(100 * accuracy)]),
      ),
      line(
        'test',
        orange,
        tests.map(({ step, accuracy }) => [step, round(100 * accuracy)]),
        true,
      ),
    ],
  };
}

const round = (value: number) => Number(value.toPrecision(4));

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
