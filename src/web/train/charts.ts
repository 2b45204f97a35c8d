import { axis, type Colours, line } from '../chart';
import { type Mark, uprights } from '../marks';
import type { PageState } from '../store';
import { percent } from '../words';

/** The curves of a run. */

const GRID = { left: 60, right: 20, top: 34, bottom: 48 };
const LEGEND = { top: 0, left: 56, icon: 'roundRect', itemWidth: 14, itemHeight: 4 };
/** An error below it, in percent, stands on the chart's lowest line: 0 has no place on a logarithmic axis. */
const LEAST_ERROR = 0.1;
/** More ends of epochs than a chart has room for: every second is marked then, or fewer. */
const MOST_MARKS = 6;

export function lossChart(state: PageState, colours: Colours) {
  const { points, tests } = state;
  const largest = [...points, ...tests].reduce((most, { loss }) => Math.max(most, loss), 0);
  return chartOf(state, colours, {
    vertical: { ...axis('cross-entropy (nats)', 42, colours), min: 0 },
    of: ({ loss }) => loss,
    range: [0, largest],
  });
}

export function accuracyChart(state: PageState, colours: Colours) {
  return chartOf(state, colours, {
    vertical: { ...axis('accuracy (%)', 42, colours), min: 0, max: 100 },
    of: ({ accuracy }) => 100 * accuracy,
    range: [0, 100],
  });
}

/** What accuracy is short of 100 %, where a step from 98 to 99 % is as high as one from 80 to 90 %. */
export function errorChart(state: PageState, colours: Colours) {
  const vertical = { ...axis('error (%)', 42, colours), type: 'log' as const, min: LEAST_ERROR, max: 100 };
  return chartOf(state, colours, {
    vertical,
    of: ({ accuracy }) => Math.max(LEAST_ERROR, 100 * (1 - accuracy)),
    range: [LEAST_ERROR, 100],
  });
}

type Value = (measured: { readonly loss: number; readonly accuracy: number }) => number;

function chartOf(
  { points, tests }: PageState,
  colours: Colours,
  { vertical, of, range }: { vertical: object; of: Value; range: [number, number] },
) {
  const [blue, orange] = colours.series;
  const data = (list: PageState['points'] | PageState['tests']) =>
    list.map((one): [number, number] => [one.step, Number(of(one).toPrecision(4))]);
  const marks = epochMarks(points);
  return {
    grid: GRID,
    legend: { ...LEGEND, data: ['training', 'test'], textStyle: { color: colours.muted } },
    xAxis: { ...axis('step', 28, colours), min: 0, minInterval: 1, splitLine: { show: false } },
    yAxis: vertical,
    series: [
      uprights(marks, range, colours.muted),
      line('training', blue, data(points)),
      line('test', orange, data(tests), true),
    ],
  };
}

/** Ends of the epochs that are over; of many epochs, not each. */
export function epochMarks(points: PageState['points']): Mark[] {
  const last = points.at(-1);
  if (!last || last.epoch <= 0) return [];
  const steps = last.step / last.epoch;
  const over = Math.floor(last.epoch + 1e-6);
  const every = Math.ceil(over / MOST_MARKS);
  return Array.from({ length: Math.floor(over / every) }, (_, i) => {
    const epoch = (i + 1) * every;
    return { at: Math.round(epoch * steps), text: i === 0 ? `epoch ${epoch}` : String(epoch) };
  });
}

export function spokenLoss({ points }: PageState): string {
  const last = points.at(-1);
  return last
    ? `Training loss over steps; at step ${last.step} it is ${last.loss.toFixed(3)} nats`
    : 'Training loss, no step yet';
}

export function spokenAccuracy(state: PageState): string {
  return spokenShare('Accuracy', state, (accuracy) => accuracy);
}

export function spokenError(state: PageState): string {
  return spokenShare('Error, logarithmic,', state, (accuracy) => 1 - accuracy);
}

function spokenShare(name: string, { points, tests }: PageState, of: (accuracy: number) => number): string {
  const last = points.at(-1);
  const test = tests.at(-1);
  if (!last) return `${name} no step yet`;
  const onTest = test ? `, on test images ${percent(of(test.accuracy))} %` : '';
  return `${name} over steps; at step ${last.step} it is ${percent(of(last.accuracy))} % in training${onTest}`;
}
