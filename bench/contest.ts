/** Something to be timed: `run` hands work over, `finish` waits until all of it is done. */
export interface Contestant {
  /** Called before each stretch, for peers that have to be switched to. */
  readonly enter?: () => void;
  readonly run: () => void | Promise<void>;
  readonly finish: () => Promise<void>;
  /** What the last run computed, in our layout. */
  readonly result: () => Promise<ArrayLike<number>>;
  readonly dispose: () => void;
}

/** Milliseconds a run. */
export interface Timing {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly measurements: number;
}

/** Fewest stretches timed of each contestant, and how many of one whose single run takes longer than `SLOW_MS`. */
export const MEASUREMENTS = 7;
export const FEW_MEASUREMENTS = 3;
export const SLOW_MS = 2000;
/** A stretch is as many runs as take this long: the clock and the wait at its end weigh little then. */
const STRETCH_MS = 30;
const WARM_UP_MS = 100;

interface Entrant {
  readonly contestant: Contestant;
  readonly runs: number;
  readonly measurements: number;
  readonly times: number[];
}

/** Times contestants that ran before, in turns, so that what disturbs the machine disturbs all alike. */
export async function compete(contestants: readonly Contestant[], quick: boolean): Promise<Timing[]> {
  const entrants: Entrant[] = [];
  for (const contestant of contestants) {
    const once = await warmUp(contestant);
    const runs = Math.max(1, Math.ceil(STRETCH_MS / once));
    const measurements = quick || once > SLOW_MS ? FEW_MEASUREMENTS : MEASUREMENTS;
    entrants.push({ contestant, runs, measurements, times: [] });
  }
  for (let i = 0; i < MEASUREMENTS; i++) {
    for (const { contestant, runs, measurements, times } of entrants) {
      if (i < measurements) times.push((await time(contestant, runs)) / runs);
    }
  }
  return entrants.map(({ times }) => timingOf(times));
}

/** Runs until the caches are warm; a slow contestant's are after one run. Returns the milliseconds of the last run. */
async function warmUp(contestant: Contestant): Promise<number> {
  const start = performance.now();
  let once = await time(contestant, 1);
  while (performance.now() - start < WARM_UP_MS) once = await time(contestant, 1);
  return once;
}

async function time({ enter, run, finish }: Contestant, runs: number): Promise<number> {
  enter?.();
  const start = performance.now();
  for (let i = 0; i < runs; i++) {
    const pending = run();
    if (pending) await pending;
  }
  await finish();
  return performance.now() - start;
}

function timingOf(times: readonly number[]): Timing {
  return {
    median: median(times),
    least: Math.min(...times),
    most: Math.max(...times),
    measurements: times.length,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
