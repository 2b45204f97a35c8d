/** Something to be timed: `run` hands work over, `finish` waits until all of it is done. */
export interface Runner {
  /** Called before each stretch, for peers that have to be switched to. */
  readonly enter?: () => void;
  readonly run: () => void | Promise<void>;
  readonly finish: () => Promise<void>;
}

/** One of several that do the same. */
export interface Contestant extends Runner {
  /** What the last run computed, in our layout. */
  readonly result: () => Promise<ArrayLike<number>>;
  readonly dispose: () => void;
}

/** Milliseconds a run; medians of an odd number of stretches. */
export interface Timing {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** Median until a run was handed over: time that JavaScript takes. */
  readonly handOver: number;
  readonly measurements: number;
}

/** Fewest stretches timed of each contestant, and how many of something whose single run takes longer than `SLOW_MS`. */
export const MEASUREMENTS = 7;
export const FEW_MEASUREMENTS = 3;
export const SLOW_MS = 2000;
/** A stretch is as many runs as take this long: the clock and the wait at its end weigh little then. */
const STRETCH_MS = 30;
const WARM_UP_MS = 100;

/** Milliseconds a run. */
interface Stretch {
  readonly whole: number;
  readonly handOver: number;
}

interface Entrant {
  readonly runner: Runner;
  readonly runs: number;
  readonly measurements: number;
  readonly stretches: Stretch[];
}

/** Times what ran before, in turns, so that what disturbs the machine disturbs all alike. */
export async function compete(runners: readonly Runner[], quick: boolean): Promise<Timing[]> {
  const entrants: Entrant[] = [];
  for (const runner of runners) {
    const once = await warmUp(runner);
    const runs = Math.max(1, Math.ceil(STRETCH_MS / once));
    const measurements = quick || once > SLOW_MS ? FEW_MEASUREMENTS : MEASUREMENTS;
    entrants.push({ runner, runs, measurements, stretches: [] });
  }
  for (let i = 0; i < MEASUREMENTS; i++) {
    for (const { runner, runs, measurements, stretches } of entrants) {
      if (i < measurements) stretches.push(await time(runner, runs));
    }
  }
  return entrants.map(({ stretches }) => timingOf(stretches));
}

/** Runs until the caches are warm; those of something slow are after one run. Returns the milliseconds of the last run. */
async function warmUp(runner: Runner): Promise<number> {
  const start = performance.now();
  let last = await time(runner, 1);
  while (performance.now() - start < WARM_UP_MS) last = await time(runner, 1);
  return last.whole;
}

async function time({ enter, run, finish }: Runner, runs: number): Promise<Stretch> {
  enter?.();
  const start = performance.now();
  for (let i = 0; i < runs; i++) {
    const pending = run();
    if (pending) await pending;
  }
  const handedOver = performance.now();
  await finish();
  return { whole: (performance.now() - start) / runs, handOver: (handedOver - start) / runs };
}

function timingOf(stretches: readonly Stretch[]): Timing {
  const times = stretches.map(({ whole }) => whole);
  return {
    median: median(times),
    least: Math.min(...times),
    most: Math.max(...times),
    handOver: median(stretches.map(({ handOver }) => handOver)),
    measurements: times.length,
  };
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
