import { setTimeout as wait } from 'node:timers/promises';
import { GpuLostError, GpuUnavailableError, TaskgradError } from '../../runtime/errors';
import type { Gpu } from '../tensor/gpu';
import { InterruptedError } from '../training/errors';
import type { Reporter } from './progress';

/** How often a run goes on after it lost its device. */
const MOST_LOSSES = 3;
/** A driver that has just been started again offers no adapter for a moment. */
const REOPEN_TRIES = 20;
const REOPEN_WAIT_MS = 250;

/**
 * Does work on a GPU, and again on another one when that is lost, three times at most: the work goes on from what it has
 * saved. The GPU is disposed of.
 * @param work told how often a device was lost before
 * @throws TaskgradError `GPU_LOST` after that, saying how to go on; what `open` and `work` throw
 */
export async function overLosses(
  { say }: Pick<Reporter, 'say'>,
  open: () => Promise<Gpu>,
  work: (gpu: Gpu, losses: number) => Promise<void>,
): Promise<void> {
  for (let losses = 0; ; losses++) {
    const gpu = losses === 0 ? await open() : await reopened(open);
    try {
      return await work(gpu, losses);
    } catch (error) {
      const loss = error instanceof InterruptedError ? undefined : await lossOf(gpu);
      if (!loss) throw error;
      const { reason } = loss;
      if (losses === MOST_LOSSES) throw lostTooOften(reason, error);
      say(
        `the GPU device was lost (${reason}); the run goes on from its last checkpoint on a new one, for the ${ordinal(losses + 1)} time of ${MOST_LOSSES}`,
        { event: 'device lost', reason, losses: losses + 1 },
      );
    } finally {
      gpu.dispose();
    }
  }
}

/** By what a GPU was lost, if it was; whatever work threw that it was taken from. */
async function lossOf(gpu: Gpu): Promise<GpuLostError | undefined> {
  await wait(); // the news of it may come after what failed by it
  try {
    gpu.runtime.check();
    return undefined;
  } catch (failure) {
    return failure instanceof GpuLostError ? failure : undefined;
  }
}

async function reopened(open: () => Promise<Gpu>): Promise<Gpu> {
  for (let tries = 1; ; tries++) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof GpuUnavailableError) || tries === REOPEN_TRIES) throw error;
      await wait(REOPEN_WAIT_MS);
    }
  }
}

const ordinal = (count: number): string => ['first', 'second', 'third'][count - 1];

function lostTooOften(reason: string, cause: unknown): TaskgradError {
  return new TaskgradError(
    'GPU_LOST',
    `the GPU device was lost ${MOST_LOSSES + 1} times (${reason}); look after the driver or other programs on it, then give the same command again: it goes on from the last checkpoint`,
    { cause },
  );
}
