import { checkWord } from './random';

/** Streams below belong to draws whose seed is given. */
const FIRST_STREAM = 65_536;
const STREAMS = 2 ** 32 - FIRST_STREAM;

/** Gives each draw without a seed of its own a stream that no earlier draw had, as PyTorch's default generator. */
export class Generator {
  private seed = 0;
  private draws = 0;

  /** Starts again from a seed. @throws TaskgradError `INVALID_SEED` */
  manualSeed(seed: number): void {
    checkWord('seed', seed);
    this.seed = seed;
    this.draws = 0;
  }

  /** The key of the next draw: the options' own where they name a seed. @throws TaskgradError `INVALID_SEED` */
  key(options: { readonly seed?: number; readonly stream?: number }): { seed: number; stream: number } {
    const { seed, stream } = options;
    if (seed !== undefined) checkWord('seed', seed);
    if (stream !== undefined) checkWord('stream', stream);
    if (seed !== undefined) return { seed, stream: stream ?? 0 };
    if (stream !== undefined) return { seed: this.seed, stream };
    const own = FIRST_STREAM + (this.draws % STREAMS);
    this.draws += 1;
    return { seed: this.seed, stream: own };
  }

  /** Runs `work`, whose draws do not count. */
  rehearse<T>(work: () => T): T {
    const { draws } = this;
    try {
      return work();
    } finally {
      this.draws = draws;
    }
  }
}
