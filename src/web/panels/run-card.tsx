import { changeSettings } from '../address';
import { AskButton } from '../ask';
import { FileButton } from '../file-button';
import { Button, Card, Choice, Facts, Whole } from '../parts';
import type { TrainSettings } from '../protocol';
import { appliesToNew, differences } from '../run-settings';
import { MOST_SEED } from '../settings';
import type { PageState } from '../store';
import { count, NETWORK_OPTIONS, percent, TASK_OPTIONS, taskName } from '../words';
import type { PanelProps } from './panel';

const RATES = [0.0003, 0.001, 0.003, 0.01];
const BATCHES = [32, 64, 128, 256];

/** The list's values, and one of an address that is none of them. */
const optionsOf = (values: readonly number[], value: number) =>
  [...new Set([...values, value])].sort((a, b) => a - b).map((one) => ({ value: `${one}`, text: `${one}` }));

/** What is trained, and how: the settings of the run, and its buttons. */
export function RunCard({ state, send, ready, settings, chosen, choose }: PanelProps) {
  const { origin } = state;
  const isTraining = state.activity === 'training' || state.waiting.includes('training');
  const run = state.settings;
  const different = run ? differences(run, chosen) : [];
  const isNew = different.length > 0;
  const steps = state.points.at(-1)?.step ?? 0;
  const begin = (wanted: TrainSettings) => send({ type: 'train', settings: wanted });
  const networks = chosen.network === 'file' ? [...NETWORK_OPTIONS, OUT_OF_FILE] : NETWORK_OPTIONS;
  return (
    <Card
      title="Run"
      note="Adam on shuffled batches of MNIST, tested now and then on up to 500 test images. The page’s address names the settings."
    >
      <div class="fields">
        <Choice
          label="Task"
          value={chosen.task}
          options={TASK_OPTIONS}
          onChange={(task) => choose({ ...chosen, task })}
        />
        <Choice
          label="Network"
          value={chosen.network}
          options={networks}
          onChange={(network) => choose({ ...chosen, network })}
        />
        <Choice
          label="Learning rate"
          value={`${chosen.lr}`}
          options={optionsOf(RATES, chosen.lr)}
          onChange={(lr) => choose({ ...chosen, lr: Number(lr) })}
        />
        <Choice
          label="Batch size (images)"
          value={`${chosen.batchSize}`}
          options={optionsOf(BATCHES, chosen.batchSize)}
          onChange={(size) => choose({ ...chosen, batchSize: Number(size) })}
        />
        <Whole
          label="Seed"
          value={chosen.seed}
          most={MOST_SEED}
          onChange={(seed) => choose({ ...chosen, seed })}
        />
      </div>
      <div class="buttons">
        {isTraining ? (
          <Button primary onClick={() => send({ type: 'pause', activity: 'training' })}>
            Pause
          </Button>
        ) : (
          <Button primary disabled={!ready} onClick={() => begin(settings)}>
            Train
          </Button>
        )}
        <Button disabled={!ready || isTraining} onClick={() => send({ type: 'step', settings })}>
          Step
        </Button>
        <AskButton
          disabled={!ready || !run}
          isAsked={steps > 0}
          question={`The network and its ${count(steps)} steps are thrown away. Save it first to keep it.`}
          yes="Throw it away"
          onYes={() => send({ type: 'reset' })}
        >
          Reset
        </AskButton>
        <Button disabled={!ready || !run} onClick={() => send({ type: 'save' })}>
          Save
        </Button>
        <FileButton
          accept=".safetensors"
          disabled={!ready}
          question={
            steps > 0
              ? `A network out of a file takes the place of this one, whose ${count(steps)} steps are thrown away. Save it first to keep it.`
              : undefined
          }
          onFiles={([file]) => {
            changeSettings(UNCHOSEN); // the file says what they are
            send({ type: 'load', file, settings: chosen });
          }}
        >
          Load
        </FileButton>
      </div>
      <div class="note run" aria-live="polite">
        {run && isNew && (
          <>
            <p>
              {appliesToNew(different)}. This one {isTraining ? 'goes on' : 'stands'} with {inWords(run)}.
            </p>
            <div class="buttons">
              <AskButton
                disabled={!ready || chosen.network === 'file'}
                isAsked={steps > 0}
                question={`A new run takes the place of this one, whose network and ${count(steps)} steps are thrown away. Save it first to keep it.`}
                yes="Begin the new run"
                onYes={() => begin(chosen)}
              >
                New run
              </AskButton>
              <Button onClick={() => choose(run)}>Back to this run’s settings</Button>
            </div>
          </>
        )}
        {origin && <p>The network came out of {origin}.</p>}
      </div>
      <Facts facts={factsOf(state)} />
    </Card>
  );
}

const OUT_OF_FILE = { value: 'file', text: 'Out of a file' } as const;
const UNCHOSEN = {
  task: undefined,
  network: undefined,
  lr: undefined,
  batchSize: undefined,
  seed: undefined,
};

function inWords({ task, network, lr, batchSize, seed }: TrainSettings): string {
  const kind = [...NETWORK_OPTIONS, OUT_OF_FILE].find(({ value }) => value === network)?.text ?? network;
  return `task ${taskName(task)}, network ${kind.toLowerCase()}, learning rate ${lr}, batches of ${batchSize}, seed ${seed}`;
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
