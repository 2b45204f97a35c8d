import type { Limits } from '../runtime/profile';
import type { Gpu } from '../src/tensor/gpu';
import { type Bench, isWanted } from './bench';
import { type Contestant, compete, type Timing } from './contest';
import type { Rival, Row, Target } from './row';
import type { Peer, PeerName } from './tfjs';

/** A piece of work, ours and the peers'. */
export interface Case {
  readonly work: string;
  readonly shape: string;
  /** Multiplications and additions of a run; left out, what our kernels say they make in one. */
  readonly flops?: number;
  /** Bytes that a run must at least move. */
  readonly bytes?: number;
  readonly target?: Target;
  /** Runs whose results are compared; default 1. Steps that build on each other want more. */
  readonly checks?: number;
  /** Largest difference between results, as a share of the largest value; default 10⁻⁴. */
  readonly tolerance?: number;
  readonly open: (gpu: Gpu) => Opened;
}

export interface Opened {
  readonly ours: Contestant;
  /** The peer at the same work on the same numbers, or why it cannot do it. */
  readonly peer: (peer: Peer) => Contestant | string;
}

const TOLERANCE = 1e-4;
const PEER: PeerName = 'tfjs-webgpu';
const WASM: PeerName = 'tfjs-wasm';

/** Rows of cases, one after another. What goes wrong in one is its row's failure, and the others go on. */
export async function* runCases(bench: Bench, cases: readonly Case[]): AsyncGenerator<Row> {
  for (const one of cases.filter((one) => isWanted(bench, one))) {
    try {
      yield await runCase(bench, one);
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      yield { work: one.work, shape: one.shape, ours: Number.NaN, unit: 'ms', target: one.target, failure };
    }
  }
}

/** Compares results first, so that nothing wrong is timed. @throws Error if they differ */
async function runCase(bench: Bench, one: Case): Promise<Row> {
  const { ours, peer } = one.open(bench.gpu);
  const rivals = new Map<PeerName, Contestant>();
  const cannot: Record<string, string> = {};
  try {
    for (const each of bench.peers) {
      each.enter();
      const contestant = peer(each);
      if (typeof contestant === 'string') cannot[each.name] = contestant;
      else rivals.set(each.name, contestant);
    }
    await check(one, ours, rivals);
    const flops = one.flops ?? (await countFlops(bench.gpu, ours));
    const [timing, ...others] = await compete([ours, ...rivals.values()], bench.quick);
    const names = [...rivals.keys()];
    const rivalOf = (name: PeerName): Rival | undefined => {
      const other = others[names.indexOf(name)];
      return other && { name, value: other.median, timing: other };
    };
    const { work, shape, target } = one;
    return {
      ...{ work, shape, target, cannot, rival: rivalOf(PEER), wasm: rivalOf(WASM) },
      ...timedFigures(timing, { ...one, flops }, bench.limits),
    };
  } finally {
    ours.dispose();
    for (const rival of rivals.values()) {
      rival.enter?.();
      rival.dispose();
    }
  }
}

/** What a row says of our own time. */
export function timedFigures(
  timing: Timing,
  { flops, bytes = 0 }: { readonly flops: number; readonly bytes?: number },
  limits: Limits,
): Pick<Row, 'ours' | 'unit' | 'timing' | 'flopsPerSecond' | 'limitShare' | 'boundBy'> {
  const seconds = timing.median / 1000;
  const compute = flops / limits.flopsPerSecond;
  const memory = bytes / limits.bytesPerSecond;
  return {
    ...{ ours: timing.median, unit: 'ms', timing },
    flopsPerSecond: flops / seconds,
    limitShare: Math.max(compute, memory) / seconds,
    boundBy: compute >= memory ? 'compute' : 'memory',
  };
}

async function check(
  { checks = 1, tolerance = TOLERANCE }: Case,
  ours: Contestant,
  rivals: ReadonlyMap<PeerName, Contestant>,
): Promise<void> {
  for (let i = 0; i < checks; i++) {
    await ours.run();
    const expected = await ours.result();
    for (const [name, rival] of rivals) {
      rival.enter?.();
      await rival.run();
      const difference = largestDifference(expected, await rival.result());
      console.error("DIFF", name, i, difference, expected[0]);
      if (difference <= tolerance) continue;
      const share = difference.toExponential(1);
      throw new Error(`results differ from those of ${name} by ${share} of the largest value (run ${i + 1})`);
    }
  }
}

/** Largest difference as a share of the largest value; infinite where sizes differ or something is no number. */
export function largestDifference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  if (ours.length !== theirs.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < ours.length; i++) {
    const off = Math.abs(ours[i] - theirs[i]);
    if (!(off <= difference)) difference = off;
    largest = Math.max(largest, Math.abs(theirs[i]));
  }
  const share = difference / largest;
  return Number.isNaN(share) ? Number.POSITIVE_INFINITY : share;
}

export async function countFlops(gpu: Gpu, { run }: Pick<Contestant, 'run'>): Promise<number> {
  const { kernels } = await gpu.profile(run);
  return kernels.reduce((sum, { flops = 0, calls }) => sum + flops * calls, 0);
}
