import { heading, namedAxis, PALETTE, pick, renderSvg, SYMBOLS } from './chart';
import { plotLayout } from './plot';
import type { Task, Training } from './results';

/** With more epochs than this the marks would run into one another. */
const MOST_MARKED_EPOCHS = 15;

type Epoch = Training['curve'][number];

interface Metric {
  readonly dashed: boolean;
  readonly of: (epoch: Epoch) => number | undefined;
}

const LOSS: readonly Metric[] = [{ dashed: false, of: (epoch) => epoch.trainLoss }];

const percent = (share: number | undefined) => (share === undefined ? undefined : share * 100);

const ACCURACY: readonly Metric[] = [
  { dashed: false, of: (epoch) => percent(epoch.trainAccuracy) },
  { dashed: true, of: (epoch) => percent(epoch.testAccuracy) },
];

/** Name of every run's line: the task, and the network where the runs have several. */
function lineNames(training: readonly Training[], tasks: readonly Task[]): string[] {
  const several = new Set(training.map(({ network }) => network)).size > 1;
  return training.map(({ task, network }) => {
    const name = tasks.find(({ id }) => id === task)?.name ?? `task ${task}`;
    return several ? `${name}, ${network}` : name;
  });
}

function trainingSvg(
  title: string,
  axisName: string,
  metrics: readonly Metric[],
  training: readonly Training[],
  tasks: readonly Task[],
): string {
  const names = lineNames(training, tasks);
  const groups = [...new Set(names)];
  const epochs = training.flatMap(({ curve }) => curve.map(({ epoch }) => epoch));
  const first = Math.min(...epochs);
  const last = Math.max(...epochs);
  const series = training.flatMap((run, index) => {
    const name = names[index] ?? '';
    const group = groups.indexOf(name);
    return metrics.flatMap(({ of, dashed }) => {
      const points = run.curve.flatMap((epoch) => {
        const value = of(epoch);
        return value === undefined ? [] : [[epoch.epoch, value]];
      });
      if (points.length === 0) return [];
      return [
        {
          type: 'line',
          name,
          data: points,
          color: pick(PALETTE, group),
          symbol: pick(SYMBOLS, group),
          showSymbol: last - first < MOST_MARKED_EPOCHS,
          symbolSize: dashed ? 4 : 7,
          lineStyle: { width: dashed ? 1.5 : 2, type: dashed ? [5, 4] : 'solid' },
          silent: true,
        },
      ];
    });
  });
  const { grid, legend, width, height } = plotLayout(groups);
  return renderSvg(
    {
      title: heading(title),
      grid,
      xAxis: {
        ...namedAxis('epoch', 30),
        type: 'value',
        min: first === last ? first - 1 : first,
        max: first === last ? last + 1 : last,
        minInterval: 1,
        splitLine: { show: false },
      },
      yAxis: { ...namedAxis(axisName, 46), type: 'value', scale: true },
      legend,
      series,
    },
    {
      width,
      height,
      label: `${title}, one line per task and seed: ${groups.join(', ')}`,
    },
  );
}

/** Mean training loss of each epoch, one line per task and seed, as SVG. Needs one run or more. */
export function lossSvg(training: readonly Training[], tasks: readonly Task[]): string {
  return trainingSvg('Training loss', 'cross-entropy (nats)', LOSS, training, tasks);
}

/** Accuracy of each epoch, one line per task and seed. Test accuracy is dashed, where it was taken. */
export function accuracySvg(training: readonly Training[], tasks: readonly Task[]): string {
  return trainingSvg('Accuracy', 'accuracy (%)', ACCURACY, training, tasks);
}
