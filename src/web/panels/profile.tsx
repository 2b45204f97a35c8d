import { useState } from 'preact/hooks';
import type { Grouping, ProfileRow } from '../../../runtime/profile';
import { axis, Chart, type Colours } from '../chart';
import { Button, Card, Choice, Facts } from '../parts';
import type { ProfileFacts } from '../protocol';
import { count, percent, seconds } from '../words';
import type { PanelProps } from './panel';

const GROUPS = [
  { value: 'kernel', text: 'Kernel' },
  { value: 'op', text: 'Op' },
  { value: 'layer', text: 'Layer' },
  { value: 'phase', text: 'Phase' },
] as const;
const MOST_BARS = 12;
const CHART_HEIGHT = 560;
/** Longer names, which a phone is too narrow for, are cut in the middle, where kernels' names say least. */
const MOST_LETTERS = 34;

const SOURCES = {
  'timestamp-query': 'Every dispatch was timed by the GPU itself.',
  'wall-clock':
    'This adapter has no timestamps: batches were timed from outside and their time split evenly among their dispatches.',
};

export function ProfilePanel({ state, send, ready, settings }: PanelProps) {
  const [group, setGroup] = useState<Exclude<Grouping, 'shape'>>('kernel');
  const { profile } = state;
  return (
    <div class="panel">
      <Card
        title="One training step"
        wide
        note="Makes two steps of the run and times every kernel of the second."
      >
        <div class="buttons">
          <Button
            primary
            disabled={!ready || state.activity === 'profiling'}
            onClick={() => send({ type: 'profile', settings })}
          >
            Profile a step
          </Button>
          <Choice label="Bars for each" value={group} options={GROUPS} onChange={setGroup} />
        </div>
        <Facts
          facts={[
            { name: 'Step', value: profile ? count(profile.step) : '–' },
            { name: 'GPU time', value: profile ? seconds(profile.gpuSeconds) : '–' },
            { name: 'From start to end', value: profile ? seconds(profile.wallSeconds) : '–' },
            { name: 'Dispatches', value: profile ? count(profile.dispatches) : '–' },
          ]}
        />
        <p class="note">{profile ? SOURCES[profile.source] : 'Nothing profiled yet.'}</p>
      </Card>
      <Card title="GPU time" wide>
        <Chart
          height={CHART_HEIGHT}
          label={spoken(profile, group)}
          option={(colours) => barChart(profile?.rows[group] ?? [], colours)}
        />
      </Card>
    </div>
  );
}

function spoken(profile: ProfileFacts | undefined, group: Grouping): string {
  const rows = profile?.rows[group].slice(0, 3) ?? [];
  if (rows.length === 0) return `GPU time for each ${group}, nothing profiled yet`;
  const list = rows.map(({ name, share }) => `${name} ${percent(share)} %`).join(', ');
  return `GPU time for each ${group}; the longest: ${list}`;
}

function barChart(rows: readonly ProfileRow[], colours: Colours) {
  const shown = rows
    .slice(0, MOST_BARS)
    .map(({ name, seconds, share, calls }) => ({ name, seconds, share, calls }));
  const rest = rows.slice(MOST_BARS);
  if (rest.length > 0) {
    const sum = (value: (row: ProfileRow) => number) => rest.reduce((all, row) => all + value(row), 0);
    shown.push({
      name: `${rest.length} others`,
      seconds: sum((row) => row.seconds),
      share: sum((row) => row.share),
      calls: sum((row) => row.calls),
    });
  }
  return {
    grid: { left: 14, right: 64, top: 18, bottom: 46 },
    tooltip: { show: false },
    xAxis: { ...axis('GPU time (ms)', 28, colours), min: 0 },
    yAxis: {
      type: 'category' as const,
      inverse: true,
      data: shown.map(({ name }) => cut(name)),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colours.muted } },
      // Names stand above their bars, where there is room for them at any width.
      axisLabel: {
        inside: true,
        margin: 2,
        padding: [0, 0, 10, 0],
        verticalAlign: 'bottom' as const,
        interval: 0,
        color: colours.ink,
        fontSize: 12,
      },
      z: 10,
    },
    series: [
      {
        type: 'bar' as const,
        color: colours.series[0],
        barWidth: 10,
        data: shown.map(({ seconds }) => Number((1e3 * seconds).toPrecision(3))),
        label: {
          show: true,
          position: 'right' as const,
          color: colours.muted,
          fontSize: 11.5,
          formatter: ({ dataIndex }: { dataIndex: number }) => `${percent(shown[dataIndex].share)} %`,
        },
      },
    ],
  };
}

function cut(name: string): string {
  if (name.length <= MOST_LETTERS) return name;
  return `${name.slice(0, MOST_LETTERS - 10)}…${name.slice(-9)}`;
}
