import type { Activity } from './protocol';
import type { PageState } from './store';
import { count } from './words';

const ACTIVITIES: Record<Activity, string> = {
  opening: 'Opening the GPU',
  idle: 'Ready',
  training: 'Training',
  paused: 'Paused',
  measuring: 'Measuring',
  searching: 'Searching',
  profiling: 'Profiling',
  recovering: 'Opening the GPU again',
  failed: 'Stopped',
};

/** What the engine does, on which adapter, and what went wrong. */
export function Status({ state, onDismiss }: { state: PageState; onDismiss: () => void }) {
  const { activity, adapter, images, progress, failure, notice } = state;
  const share = progress && progress.total > 0 ? progress.done / progress.total : 0;
  return (
    <div class="status">
      <p class="line">
        <span class={`lamp ${activity}`} aria-hidden="true" />
        <span aria-live="polite">{ACTIVITIES[activity]}</span>
        <span class="aside">{progress?.text ?? ''}</span>
        <span class="adapter">
          {adapter ? adapter.description : 'no adapter yet'}
          {adapter?.software && <b> · software</b>}
          {images && (
            <span class="aside">
              {' '}
              · {count(images.train)} + {count(images.test)} images
            </span>
          )}
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
      {notice && (
        <div class="toast" role="status">
          <p>{notice}</p>
          <button type="button" class="dismiss" onClick={onDismiss}>
            Dismiss
          </button>
        </div>
      )}
      {failure && (
        <div class="failure" role="alert">
          <p>
            <b>{failure.kind === 'no-webgpu' ? 'This browser offers no WebGPU. ' : ''}</b>
            {failure.message}
          </p>
          {failure.advice && <p>{failure.advice}</p>}
        </div>
      )}
    </div>
  );
}

/** Always there, whatever it says: what lies under it must not jump. */
function hintOf(adapter: PageState['adapter']): string {
  if (!adapter) return 'Opening the graphics card and loading MNIST. Nothing leaves this machine.';
  if (!adapter.software)
    return 'Everything is computed by this machine’s graphics card, and nothing leaves it.';
  const remedy = adapter.hint ?? 'use a browser with a GPU';
  return `No graphics card is used: the processor does its work, many times slower. For a faster one, ${remedy}.`;
}
