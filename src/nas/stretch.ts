import type { Varying } from '../../runtime/varying';
import type { Gpu } from '../tensor/gpu';
import { type BatchFeed, FeedSteps } from '../training/batch-feed';
import { InterruptedError, NanLossError } from '../training/errors';
import type { Measure, RunningStats } from '../training/stats';

/** A stretch of training steps that nothing is read back in. */
export interface Stretch {
  /** Names it in errors, as in 'FUSE, round 2, weights'. */
  readonly name: string;
  /** First step to make: not 0 when it was interrupted before. */
  readonly from: number;
  readonly steps: number;
  readonly stepsPerEpoch: number;
  /** What the steps add their losses to. */
  readonly stats: RunningStats;
  /** What every step takes a batch of, if anything: such steps are captured. */
  readonly batches?: {
    readonly feeds: readonly BatchFeed[];
    /** Its step 0 as the feeds count. */
    readonly first: number;
  };
  /** Makes a step; its number is read anew where it is replayed. */
  readonly step: (step: Varying) => void;
  readonly signal?: AbortSignal;
  /** Told after each step how many were made. */
  readonly onStep?: (done: number) => void;
  /** Saves everything, so that it can go on from step `done` with these statistics. */
  readonly save: (done: number, stats: readonly number[]) => Promise<void>;
}

/**
 * Makes the steps of a stretch, to its end.
 * @returns mean loss and accuracy over its steps
 * @throws InterruptedError after saving, when the signal says so; NanLossError, with nothing saved
 */
export async function runStretch(gpu: Gpu, stretch: Stretch): Promise<Measure> {
  const { name, from, steps, stepsPerEpoch, stats, batches, step: make, signal, onStep, save } = stretch;
  const read = async () => {
    const measure = await stats.read();
    const { badStep } = measure;
    if (badStep === undefined) return measure;
    throw new NanLossError(name, Math.floor(badStep / stepsPerEpoch), badStep % stepsPerEpoch);
  };
  let step = from;
  const training = batches && new FeedSteps(gpu, batches.feeds, () => make(gpu.varying(() => step)));
  try {
    for (; step < steps; step++) {
      if (training) training.make(batches.first + step);
      else make(step);
      await gpu.pace();
      onStep?.(step + 1);
      if (signal?.aborted) {
        const { state } = await read();
        await save(step + 1, state);
        throw new InterruptedError();
      }
    }
  } finally {
    training?.dispose();
  }
  const { loss, accuracy } = await read();
  return { loss, accuracy };
}
