import type { AdapterFacts } from './adapter-facts';
import { TaskgradError } from './errors';
import type { Phase, SpanKind } from './tags';

/** Calls of one kernel that agree in everything a profile tells apart. */
export interface KernelCalls {
  /** The kernel's name, as in 'conv2d.forward'. */
  readonly kernel: string;
  /** Its override constants, as in 'BIASED=1 SQUARED=0'. */
  readonly variant: string;
  /** Which part of the work they belong to. */
  readonly phase: Phase;
  /** The op or optimiser that made the calls; empty for what is none. */
  readonly op: string;
  /** Path of the layer in its network; empty outside of networks. */
  readonly layer: string;
  /** Shapes of the tensors it writes, then of those it reads, as in '[64,16] ← [64,8] [16,8]'. */
  readonly shape: string;
  /** How many there were. */
  readonly calls: number;
  /** GPU time of all calls together. */
  readonly seconds: number;
  /** GPU seconds of the shortest call. */
  readonly shortest: number;
  /** GPU seconds of the longest call. */
  readonly longest: number;
  /** Multiplications and additions of one call; undefined for kernels that move data more than they compute. */
  readonly flops?: number;
  /** What one call must at least move: each input read once, each output written once. */
  readonly bytes: number;
}

/** A dispatch on the GPU's track, in seconds since the profile began. */
export interface GpuSpan {
  /** Index into `kernels`. */
  readonly calls: number;
  /** When it began. */
  readonly start: number;
  /** When it was done. */
  readonly end: number;
}

/** What JavaScript did, in seconds since the profile began. */
export interface CpuSpan {
  /** What was done, as in 'conv2d backward'. */
  readonly name: string;
  /** Whether JavaScript worked or waited. */
  readonly kind: SpanKind;
  /** Which part of the work it belongs to. */
  readonly phase?: Phase;
  /** Path of the layer in its network. */
  readonly layer?: string;
  /** When it began. */
  readonly start: number;
  /** When it was done. */
  readonly end: number;
}

/** What the GPU did while a piece of work ran. */
export interface Profile {
  /** What ran it. */
  readonly adapter: AdapterFacts;
  /**
   * 'timestamp-query': every dispatch was timed by the GPU. 'wall-clock': the adapter has no timestamps; batches were
   * timed from outside and their time split evenly among their dispatches.
   */
  readonly source: 'timestamp-query' | 'wall-clock';
  /** From the first line of the work until the GPU was done. */
  readonly wallSeconds: number;
  /** Sum over `kernels`. */
  readonly gpuSeconds: number;
  /** Launches of kernels. */
  readonly dispatches: number;
  /** Batches of them that were sent to the GPU. */
  readonly submits: number;
  /** How often results were waited for. */
  readonly readbacks: number;
  /** Longest first. */
  readonly kernels: readonly KernelCalls[];
  /** The GPU's track. */
  readonly gpu: readonly GpuSpan[];
  /** JavaScript's track. */
  readonly cpu: readonly CpuSpan[];
  /** Spans beyond the number that is kept; the sums in `kernels` hold them all. */
  readonly droppedSpans: number;
}

/** What a machine can do, measured by `gpu.limits()`. */
export interface Limits {
  /** Multiplications and additions in f32 a second. */
  readonly flopsPerSecond: number;
  /** Bytes read and written a second. */
  readonly bytesPerSecond: number;
  /** GPU time of a dispatch that does nothing. */
  readonly launchSeconds: number;
}

/** What a profile's rows can be. */
export const GROUPINGS = ['kernel', 'op', 'layer', 'phase', 'shape'] as const;
/** What calls are put together by: kernel with its constants, op, layer, phase, or kernel with its shapes. */
export type Grouping = (typeof GROUPINGS)[number];

/** A row of a profile's table. */
export interface ProfileRow {
  /** What the calls have in common. */
  readonly name: string;
  /** How many there were. */
  readonly calls: number;
  /** GPU time of all of them. */
  readonly seconds: number;
  /** GPU time of one. */
  readonly meanSeconds: number;
  /** Of the profile's GPU time, 0 to 1. */
  readonly share: number;
  /** 10⁹ operations a second; undefined where a call does not say what it computes. */
  readonly gflops?: number;
  /** 10⁹ bytes a second. */
  readonly gbytes: number;
  /** Of the rate the machine reaches at what bounds it, 0 to 1; small data in a cache may exceed 1. */
  readonly limitShare?: number;
  /** What bounds it: arithmetic, memory, or the launch itself. Undefined where limits were not given. */
  readonly boundBy?: 'compute' | 'memory' | 'launch';
}

/** A dispatch not longer than this many empty ones is bound by its launch. */
const LAUNCH_FACTOR = 2;

const NAMES: Record<Grouping, (calls: KernelCalls) => string> = {
  kernel: ({ kernel, variant }) => (variant ? `${kernel} (${variant})` : kernel),
  op: ({ op, phase }) => `${op || '–'} ${phase}`,
  layer: ({ layer, phase }) => `${layer || '–'} ${phase}`,
  phase: ({ phase }) => phase,
  shape: ({ kernel, shape }) => `${kernel} ${shape}`,
};

/** @throws TaskgradError `ARGUMENT` unless it is a profile, and the grouping is known */
export function checkProfile(op: string, profile: unknown, by: Grouping = 'kernel'): void {
  const isProfile = typeof profile === 'object' && profile !== null && 'kernels' in profile;
  if (!isProfile || !Array.isArray(profile.kernels))
    throw new TaskgradError('ARGUMENT', `${op}: expected a profile, as await gpu.profile(work) gives it`);
  if (Object.hasOwn(NAMES, by)) return;
  throw new TaskgradError(
    'ARGUMENT',
    `${op}: expected to group by ${Object.keys(NAMES).join(', ')}, got ${String(by)}`,
  );
}

/**
 * Sums a profile up, longest first. `limits` of the machine, where measured, say what bounds each row.
 * @example
 * ```ts
 * const profile = await gpu.profile(async () => void (await ops.softmax(gpu.ones([8, 64])).data()));
 * for (const { name, calls, share } of profiling.summarize(profile, 'op')) console.log(name, calls, share);
 * ```
 */
export function summarize(
  profile: Pick<Profile, 'kernels' | 'gpuSeconds'>,
  by: Grouping = 'kernel',
  limits?: Limits,
): ProfileRow[] {
  checkProfile('summarize', profile, by);
  const groups = new Map<string, KernelCalls[]>();
  for (const calls of profile.kernels) {
    const name = NAMES[by](calls);
    groups.set(name, [...(groups.get(name) ?? []), calls]);
  }
  return [...groups]
    .map(([name, members]) => rowOf(name, members, profile.gpuSeconds, limits))
    .sort((a, b) => b.seconds - a.seconds);
}

function rowOf(name: string, members: readonly KernelCalls[], total: number, limits?: Limits): ProfileRow {
  const sum = (value: (calls: KernelCalls) => number) =>
    members.reduce((all, calls) => all + value(calls), 0);
  const calls = sum((member) => member.calls);
  const seconds = sum((member) => member.seconds);
  const computes = members.some(({ flops }) => flops !== undefined);
  const perSecond = (amount: number) => (seconds > 0 ? amount / seconds : 0);
  const flops = computes ? perSecond(sum((member) => (member.flops ?? 0) * member.calls)) : undefined;
  const bytes = perSecond(sum((member) => member.bytes * member.calls));
  return {
    name,
    calls,
    seconds,
    meanSeconds: seconds / calls,
    share: total > 0 ? seconds / total : 0,
    ...(flops !== undefined && { gflops: flops / 1e9 }),
    gbytes: bytes / 1e9,
    ...(limits && boundOf(seconds / calls, flops ?? 0, bytes, limits)),
  };
}

function boundOf(
  meanSeconds: number,
  flops: number,
  bytes: number,
  limits: Limits,
): Pick<ProfileRow, 'limitShare' | 'boundBy'> {
  const compute = flops / limits.flopsPerSecond;
  const memory = bytes / limits.bytesPerSecond;
  const limitShare = Math.max(compute, memory);
  if (meanSeconds <= LAUNCH_FACTOR * limits.launchSeconds) return { limitShare, boundBy: 'launch' };
  return { limitShare, boundBy: compute >= memory ? 'compute' : 'memory' };
}

/** A row of a comparison of two profiles. */
export interface ProfileDifference {
  /** The row, in both. */
  readonly name: string;
  /** Undefined where only the other profile has the row. */
  readonly before?: ProfileRow;
  /** Undefined where only the first profile has the row. */
  readonly after?: ProfileRow;
  /** What `after` spends more, in seconds. */
  readonly change: number;
}

/**
 * Compares two profiles row by row, the largest change first.
 * @example
 * ```ts
 * const run = (rows: number) => gpu.profile(async () => void (await ops.softmax(gpu.ones([rows, 64])).data()));
 * const [largest] = profiling.compare(await run(8), await run(800), 'op');
 * console.log(largest.name, largest.change); // seconds more
 * ```
 */
export function compare(
  before: Pick<Profile, 'kernels' | 'gpuSeconds'>,
  after: Pick<Profile, 'kernels' | 'gpuSeconds'>,
  by: Grouping = 'kernel',
): ProfileDifference[] {
  checkProfile('compare', before, by);
  checkProfile('compare', after, by);
  const rows = (profile: typeof before) => new Map(summarize(profile, by).map((row) => [row.name, row]));
  const [old, now] = [rows(before), rows(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((name) => ({
      name,
      before: old.get(name),
      after: now.get(name),
      change: (now.get(name)?.seconds ?? 0) - (old.get(name)?.seconds ?? 0),
    }))
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
}
