import { type CpuSpan, checkProfile, type GpuSpan, type Profile } from './profile';

/** An event of the Chrome trace format, as Perfetto and chrome://tracing read it; times in microseconds. */
export interface TraceEvent {
  /** What is shown on it. */
  readonly name: string;
  /** The phase; without one, 'work' or 'wait'. */
  readonly cat?: string;
  /** X: a span; M: a name of a process or thread. */
  readonly ph: 'X' | 'M';
  /** 1: CPU; 2: GPU. */
  readonly pid: number;
  /** The track within it. */
  readonly tid: number;
  /** Its beginning, in microseconds since the profile began. */
  readonly ts?: number;
  /** How long it took, in microseconds. */
  readonly dur?: number;
  /** What is shown when it is clicked on. */
  readonly args?: Readonly<Record<string, unknown>>;
}

/** A trace as JSON: write it to a file, and open that in https://ui.perfetto.dev. */
export interface ChromeTrace {
  /** Names of the tracks, then the spans on them. */
  readonly traceEvents: readonly TraceEvent[];
  /** The unit that viewers show times in. */
  readonly displayTimeUnit: 'ms';
  /** The adapter, by what it was timed, and how many spans were dropped. */
  readonly otherData: Readonly<Record<string, string | number>>;
}

const CPU = 1;
const GPU = 2;
const TRACKS: readonly { pid: number; tid: number; process: string; thread: string }[] = [
  { pid: CPU, tid: 1, process: 'CPU', thread: 'JavaScript' },
  { pid: CPU, tid: 2, process: 'CPU', thread: 'waits' },
  { pid: GPU, tid: 1, process: 'GPU', thread: 'phases' },
  { pid: GPU, tid: 2, process: 'GPU', thread: 'kernels' },
];

/**
 * A profile as Chrome trace JSON, to be opened in https://ui.perfetto.dev: CPU and GPU tracks on one clock.
 * @example
 * ```ts
 * const profile = await gpu.profile(async () => void (await ops.exp(gpu.ones([64])).data()));
 * const trace = JSON.stringify(profiling.chromeTrace(profile)); // a file for Perfetto
 * ```
 */
export function chromeTrace(profile: Profile): ChromeTrace {
  checkProfile('chromeTrace', profile);
  return {
    traceEvents: [
      ...TRACKS.flatMap(({ pid, tid, process, thread }) => [
        { name: 'process_name', ph: 'M' as const, pid, tid, args: { name: process } },
        { name: 'thread_name', ph: 'M' as const, pid, tid, args: { name: thread } },
      ]),
      ...profile.cpu.map(cpuEvent),
      ...phases(profile),
      ...profile.gpu.map((span) => gpuEvent(profile, span)),
    ],
    displayTimeUnit: 'ms',
    otherData: {
      adapter: profile.adapter.description,
      timedBy: profile.source,
      droppedSpans: profile.droppedSpans,
    },
  };
}

const time = ({ start, end }: { start: number; end: number }) => ({
  ts: start * 1e6,
  dur: Math.max(0, end - start) * 1e6,
});

function cpuEvent(span: CpuSpan): TraceEvent {
  const { name, phase, layer, kind } = span;
  const tid = kind === 'wait' ? 2 : 1;
  return { name, cat: phase ?? kind, ph: 'X', pid: CPU, tid, ...time(span), args: { layer } };
}

function gpuEvent({ kernels }: Profile, span: GpuSpan): TraceEvent {
  const { kernel, variant, phase, op, layer, shape, flops, bytes } = kernels[span.calls];
  const args = { op, layer, shape, variant, flops, bytes };
  return { name: kernel, cat: phase, ph: 'X', pid: GPU, tid: 2, ...time(span), args };
}

/** Neighbouring dispatches of one phase and layer as one span. */
function phases({ kernels, gpu }: Profile): TraceEvent[] {
  const merged: { name: string; phase: string; start: number; end: number }[] = [];
  for (const { calls, start, end } of [...gpu].sort((a, b) => a.start - b.start)) {
    const { phase, layer } = kernels[calls];
    const name = layer ? `${phase} ${layer}` : phase;
    const last = merged.at(-1);
    if (last?.name === name) last.end = end;
    else merged.push({ name, phase, start, end });
  }
  return merged.map(({ name, phase, ...span }) => ({
    name,
    cat: phase,
    ph: 'X',
    pid: GPU,
    tid: 1,
    ...time(span),
  }));
}
