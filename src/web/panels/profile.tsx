import { useState } from 'preact/hooks';
import type { Grouping } from '../../../runtime/profile';
import { download } from '../download';
import { Button, Card, Choice, Facts } from '../parts';
import { Parts } from '../profile/parts';
import { Rows } from '../profile/rows';
import { count, seconds } from '../words';
import type { PanelProps } from './panel';

const GROUPS = [
  { value: 'kernel', text: 'Kernel' },
  { value: 'op', text: 'Op' },
  { value: 'layer', text: 'Layer' },
  { value: 'phase', text: 'Phase' },
] as const;

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
          <Button
            disabled={!profile?.trace}
            onClick={() =>
              profile && download(`taskgrad-step-${profile.step}.json`, 'application/json', profile.trace)
            }
          >
            Trace (JSON)
          </Button>
        </div>
        <Facts
          facts={[
            { name: 'Step', value: profile ? count(profile.step) : '–' },
            { name: 'GPU time', value: profile ? seconds(profile.gpuSeconds) : '–' },
            { name: 'From start to end', value: profile ? seconds(profile.wallSeconds) : '–' },
            { name: 'Dispatches', value: profile ? count(profile.dispatches) : '–' },
          ]}
        />
        <p class="note">
          {profile ? SOURCES[profile.source] : 'Nothing profiled yet.'} The trace opens in{' '}
          <a href="https://ui.perfetto.dev" target="_blank" rel="noreferrer">
            ui.perfetto.dev
          </a>{' '}
          by “Open trace file”, and in chrome://tracing.
        </p>
        <Parts parts={profile?.parts} />
      </Card>
      <Card title="GPU time" wide>
        <Rows rows={profile?.rows[group] ?? []} caption={`GPU time for each ${group}, the longest first`} />
      </Card>
    </div>
  );
}
