import { Chart } from '../chart';
import { Button, Card, Choice, Empty, Facts } from '../parts';
import { css, diverging, Pixels } from '../pixels';
import type { Filters } from '../protocol';
import type { PageState } from '../store';
import {
  accuracyChart,
  errorChart,
  lossChart,
  spokenAccuracy,
  spokenError,
  spokenLoss,
} from '../train/charts';
import { Sights } from '../train/sights';
import { count, NETWORK_OPTIONS, percent, TASK_OPTIONS } from '../words';
import type { PanelProps } from './panel';

const RATES = ['0.0003', '0.001', '0.003', '0.01'].map((value) => ({ value, text: value }));
const BATCHES = ['32', '64', '128', '256'].map((value) => ({ value, text: value }));
const CHART_HEIGHT = 250;

export function TrainPanel({ state, send, isDark, ready, settings, choose }: PanelProps) {
  const isTraining = state.activity === 'training';
  return (
    <div class="panel">
      <Card title="Run" note="Adam on shuffled batches of MNIST. A change of settings begins a new run.">
        <div class="fields">
          <Choice
            label="Task"
            value={settings.task}
            options={TASK_OPTIONS}
            onChange={(task) => choose({ ...settings, task })}
          />
          <Choice
            label="Network"
            value={settings.network}
            options={NETWORK_OPTIONS}
            onChange={(network) => choose({ ...settings, network })}
          />
          <Choice
            label="Learning rate"
            value={String(settings.lr)}
            options={RATES}
            onChange={(lr) => choose({ ...settings, lr: Number(lr) })}
          />
          <Choice
            label="Batch size (images)"
            value={String(settings.batchSize)}
            options={BATCHES}
            onChange={(size) => choose({ ...settings, batchSize: Number(size) })}
          />
        </div>
        <div class="buttons">
          {isTraining ? (
            <Button primary onClick={() => send({ type: 'pause' })}>
              Pause
            </Button>
          ) : (
            <Button primary disabled={!ready} onClick={() => send({ type: 'train', settings })}>
              Train
            </Button>
          )}
          <Button disabled={!ready || isTraining} onClick={() => send({ type: 'step', settings })}>
            Step
          </Button>
          <Button disabled={!ready || !state.settings} onClick={() => send({ type: 'reset' })}>
            Reset
          </Button>
        </div>
        <Facts facts={factsOf(state)} />
      </Card>
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

function factsOf({ points, tests }: PageState) {
  const last = points.at(-1);
  const test = tests.at(-1);
  return [
    { name: 'Step', value: last ? count(last.step) : '–' },
    { name: 'Epoch', value: last ? last.epoch.toFixed(2) : '–' },
    { name: 'Loss', value: last ? last.loss.toFixed(3) : '–', unit: 'nats' },
    { name: 'Training accuracy', value: last ? percent(last.accuracy) : '–', unit: '%' },
    { name: 'Test accuracy', value: test ? percent(test.accuracy) : '–', unit: '%' },
    { name: 'Speed', value: last ? count(last.imagesPerSecond) : '–', unit: 'images/s' },
  ];
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
