import { AskButton } from './ask';
import type { Send } from './connection';
import type { Activity, Keeping } from './protocol';
import type { PageState } from './store';
import { Toast } from './toast';
import { Trouble } from './trouble';
import { count, percent } from './words';

const ACTIVITIES: Record<Activity, string> = {
  opening: 'Opening the GPU',
  idle: 'Ready',
  training: 'Training',
  paused: 'Paused',
  measuring: 'Measuring',
  searching: 'Searching',
  profiling: 'Profiling',
  ownTraining: 'Training on your pictures',
  ownMeasuring: 'Measuring your pictures',
  ownSearching: 'Searching for your pictures',
  recovering: 'Opening the GPU again',
  failed: 'Stopped',
};

/** What activities are called in a sentence. */
const WORK: Partial<Record<Activity, string>> = {
  training: 'training',
  measuring: 'measuring',
  searching: 'the search',
  profiling: 'profiling',
  ownTraining: 'training on your pictures',
  ownMeasuring: 'measuring your pictures',
  ownSearching: 'the search for your pictures',
};

const KEEPING: Record<Keeping, string> = {
  kept: 'Your work is kept in this browser.',
  elsewhere: 'Another tab of this page keeps its work in this browser; what you do here is not kept.',
  nowhere:
    'This browser keeps nothing for this page, as in a private window: a reload loses your work. Save the network in Train.',
};

/** What the engine does, on which adapter, what is kept of it, and what went wrong. */
export function Status({ state, send, onDismiss }: { state: PageState; send: Send; onDismiss: () => void }) {
  const { activity, adapter, images, progress, failure, notice, keeping, isSample } = state;
  const share = progress && progress.total > 0 ? progress.done / progress.total : 0;
  return (
    <div class="status">
      <p class="line">
        <span class={`lamp ${activity}`} aria-hidden="true" />
        <span aria-live="polite">{activity === 'opening' && adapter ? 'Loading' : ACTIVITIES[activity]}</span>
        <span class="aside">{[progress?.text, standing(state)].filter(Boolean).join(' · ')}</span>
        <span class="adapter">
          {adapter ? adapter.description : activity === 'failed' ? 'no adapter' : 'no adapter yet'}
          {adapter?.software && <b> · software</b>}
          {images && <span class="aside"> · {imagesOf(images)}</span>}
        </span>
      </p>
      <div
        class="progress"
        role="progressbar"
        aria-label={progress?.text ?? 'Progress'}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(100 * share)}
      >
        <span style={{ width: `${100 * share}%` }} />
      </div>
      <p class={adapter?.software ? 'hint' : 'hint plain'}>{hintOf(adapter)}</p>
      <div class="keeping">
        <p class="aside">{keeping ? KEEPING[keeping] : ''}</p>
        <AskButton
          disabled={!images || isSample}
          question="The network, its curves, distances, searches, the drawing and your own pictures are thrown away, also what this browser keeps of them."
          yes="Throw all of it away"
          onYes={() => send({ type: 'fresh' })}
        >
          Start fresh
        </AskButton>
      </div>
      {notice && <Toast text={notice} onDismiss={onDismiss} />}
      {failure && <Trouble failure={failure} send={send} />}
    </div>
  );
}

function imagesOf({ train, test, coming }: NonNullable<PageState['images']>): string {
  if (!coming) return `${count(train)} + ${count(test)} images`;
  const here = `${count(test)} test images`;
  if (coming === 'stopped') return `${here}, the training images have not come`;
  const idle = coming.idleSeconds ? `: nothing has come for ${coming.idleSeconds} s` : '';
  return `${here}, training images on their way (${percent(coming.share, 0)} %)${idle}`;
}

/** What stands still, and what waits for the work under way. */
function standing({ activity, points, waiting }: PageState): string {
  const step = points.at(-1)?.step ?? 0;
  if (activity === 'paused') return `training at step ${count(step)}`;
  const [next] = waiting.slice(-1).map((one) => WORK[one]);
  return next ? `${next} waits meanwhile, and goes on after it` : '';
}

/** Always there, whatever it says: what lies under it must not jump. */
function hintOf(adapter: PageState['adapter']): string {
  if (!adapter) return 'MNIST is loaded once there is a graphics card for it. Nothing leaves this machine.';
  if (!adapter.software)
    return 'Everything is computed by this machine’s graphics card, and nothing leaves it.';
  const remedy = adapter.hint ?? 'use a browser with a GPU';
  return `No graphics card is used: the processor does its work, many times slower. For a faster one, ${remedy}.`;
}
