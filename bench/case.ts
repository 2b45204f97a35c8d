import type { Gpu } from '../src/tensor/gpu';
import { type Bench, isWanted } from './bench';
import { type Contestant, compete } from './contest';
import { largestDifference } from './data';
import type { Peer, PeerName } from './peer';
import type { KernelWork, Rival, Row, Target } from './row';

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
  readonly open: (gpu: Gpu) => Opened;
}

export interface Opened {
  readonly ours: Contestant;
  /** The peer at the same work on the same numbers, or why it cannot do it. */
  readonly peer: (peer: Peer) => Contestant | string;
}

/** Largest difference between results, as a share of the largest value. */
export const TOLERANCE = 1e-4;
const PEER: PeerName = 'tfjs-webgpu';
const WASM: PeerName = 'tfjs-wasm';

/** Rows of cases, one after another. */
export async function* runCases(bench: Bench, cases: readonly Case[]): AsyncGenerator<Row> {
  for (const one of cases.filter((one) => isWanted(bench, one))) {
    const { work, shape, target } = one;
    yield* trustedRows({ work, shape, unit: 'ms', target }, runCase(bench, one));
  }
}

/** Rows as they come; what goes wrong in making them is the failure of a row, and the others go on. */
export async function* trustedRows(
  row: Pick<Row, 'work' | 'shape' | 'adapter' | 'unit' | 'target'>,
  rows: AsyncIterable<Row>,
): AsyncGenerator<Row> {
  try {
    yield* rows;
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    yield { ...row, ours: Number.NaN, failure };
  }
}

/** Compares results first, so that nothing wrong is timed. @throws Error if they differ */
async function* runCase(bench: Bench, one: Case): AsyncGenerator<Row> {
  if (bench.tune) await tuneFor(bench.gpu, one);
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
    const kernels = await kernelsOf(bench.gpu, one, ours);
    const [timing, ...others] = await compete([ours, ...rivals.values()], bench.quick);
    const names = [...rivals.keys()];
    const rivalOf = (name: PeerName): Rival | undefined => {
      const other = others[names.indexOf(name)];
      return other && { name, value: other.median, timing: other };
    };
    const { work, shape, target, flops, bytes } = one;
    yield {
      work,
      shape,
      target,
      cannot,
      rival: rivalOf(PEER),
      wasm: rivalOf(WASM),
      ours: timing.median,
      unit: 'ms',
      timing,
      flops,
      bytes,
      kernels,
    };
  } finally {
    ours.dispose();
    for (const rival of rivals.values()) {
      rival.enter?.();
      rival.dispose();
    }
  }
}

/** On tensors of its own: a step that is run for a trial would go on from other weights. */
async function tuneFor(gpu: Gpu, one: Case): Promise<void> {
  const { ours } = one.open(gpu);
  try {
    await gpu.tune(ours.run);
  } finally {
    ours.dispose();
  }
}

/** Runs all, and compares what rivals give with ours. @throws Error if results differ */
export async function check(
  { checks = 1 }: Pick<Case, 'checks'>,
  ours: Contestant,
  rivals: ReadonlyMap<string, Contestant>,
): Promise<void> {
  for (let i = 0; i < checks; i++) {
    await ours.run();
    const expected = await ours.result();
    for (const [name, rival] of rivals) {
      rival.enter?.();
      await rival.run();
      const difference = largestDifference(expected, await rival.result());
      if (difference <= TOLERANCE) continue;
      const share = difference.toExponential(1);
      throw new Error(`results differ from those of ${name} by ${share} of the largest value (run ${i + 1})`);
    }
  }
}

/** What our kernels say of a run; undefined where the case knows by itself what a run computes. */
export async function kernelsOf(
  gpu: Gpu,
  { flops }: Pick<Case, 'flops'>,
  { run }: Pick<Contestant, 'run'>,
): Promise<readonly KernelWork[] | undefined> {
  if (flops !== undefined) return undefined;
  const { kernels } = await gpu.profile(run);
  return kernels.map(({ calls, flops, bytes }) => ({ calls, flops, bytes }));
}
