import type { Activity } from './protocol';

/** A device that was lost, until what it took is made again. */
export interface Loss {
  /** What was under way. */
  readonly during: Activity;
  /** The run went back from this step to that. */
  readonly from?: number;
  readonly to?: number;
}

/** What a loss changes of what the page shows. */
interface Told {
  readonly loss?: Loss;
  readonly notice: string;
}

const BACK = 'The graphics device was lost and is back.';
/** What of each kind of work is made again. */
const AGAIN: Partial<Record<Activity, string>> = {
  measuring: 'The distance or picture under way is computed again; those before are kept.',
  searching: 'The search goes on from its last finished stage; the stage under way is made again.',
  profiling: 'The step is profiled again.',
  ownTraining: 'The network of your pictures is trained again from its beginning, to the same result.',
  ownMeasuring: 'The distance or picture under way is computed again; those before are kept.',
  ownSearching: 'The search for your pictures is made again from its beginning, to the same result.',
};

export function duringLoss(activity: Activity, reason: string): Told {
  return {
    loss: { during: activity },
    notice: `The graphics device was lost (${reason}). Opening it again …`,
  };
}

/** What a lost device meant for the run, if there is one, and for the work under way. */
export function afterLoss(loss: Loss | undefined, step: number, ahead: number): Told {
  const again = AGAIN[loss?.during ?? 'idle'];
  const parts = [BACK, ...(again ? [again] : [])];
  if (ahead > 0) {
    const steps = ahead === 1 ? 'one step' : `${ahead} steps`;
    parts.push(
      `The run goes on from step ${step}, where it was kept last; ${steps} after it will be made again, to the same result.`,
    );
    return {
      loss: { during: loss?.during ?? 'idle', from: step + ahead, to: step },
      notice: parts.join(' '),
    };
  }
  if (step > 0) parts.push(`The run goes on from step ${step}; nothing of it is lost.`);
  return { loss: undefined, notice: parts.join(' ') };
}

/** Once the run is where it was when the device was lost. */
export function repeated(loss: Loss | undefined, step: number): Partial<Told> {
  const { from, to } = loss ?? {};
  if (from === undefined || to === undefined || step < from) return {};
  const steps = from - to === 1 ? `Step ${from} was` : `Steps ${to + 1} to ${from} were`;
  return { loss: undefined, notice: `${BACK} ${steps} made again, to the same result.` };
}
