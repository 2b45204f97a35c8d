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
  /** The track within it: 1 JavaScript or phases, 2 waits or kernels; 11, 12, 21 … what overlaps others of theirs. */
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
  /** Of each track its name, then the spans on it. */
  readonly traceEvents: readonly TraceEvent[];
  /** The unit that viewers show times in. */
  readonly displayTimeUnit: 'ms';
  /** The adapter, by what it was timed, and how many spans were dropped. */
  readonly otherData: Readonly<Record<string, string | number>>;
}

const CPU = 1;
const GPU = 2;
interface Track {
  readonly pid: number;
  readonly tid: number;
  readonly process: string;
  readonly thread: string;
}
const SCRIPT: Track = { pid: CPU, tid: 1, process: 'CPU', thread: 'JavaScript' };
const WAITS: Track = { pid: CPU, tid: 2, process: 'CPU', thread: 'waits' };
const PHASES: Track = { pid: GPU, tid: 1, process: 'GPU', thread: 'phases' };
const KERNELS: Track = { pid: GPU, tid: 2, process: 'GPU', thread: 'kernels' };
/** Between the numbers of a track's lanes. */
const LANE = 10;

/** Times are whole eighths of a microsecond, which are exact in JSON and in nanoseconds: neighbours do not overlap by rounding. */
const PARTS = 8;
const SECOND = 1e6 * PARTS;

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
  const { cpu, gpu } = profile;
  return {
    traceEvents: [
      ...onTrack(SCRIPT, cpu.filter(({ kind }) => kind !== 'wait').map(cpuEvent)),
      ...onTrack(WAITS, cpu.filter(({ kind }) => kind === 'wait').map(cpuEvent)),
      ...onTrack(PHASES, phases(profile)),
      ...onTrack(
        KERNELS,
        gpu.map((span) => gpuEvent(profile, span)),
      ),
    ],
    displayTimeUnit: 'ms',
    otherData: {
      adapter: profile.adapter.description,
      timedBy: profile.source,
      droppedSpans: profile.droppedSpans,
    },
  };
}

type Span = Required<Pick<TraceEvent, 'name' | 'ts' | 'dur'>> & Pick<TraceEvent, 'cat' | 'args'>;

/**
 * Spans of a track and its name. Viewers drop a span that overlaps another without lying inside it; such ones come to
 * further lanes, which are tracks of their own.
 */
function onTrack({ pid, tid, process, thread }: Track, spans: readonly Span[]): TraceEvent[] {
  /** Ends of the spans that are open in each lane, the innermost last. */
  const lanes: number[][] = [[]];
  const inOrder = [...spans].sort((a, b) => a.ts - b.ts || b.dur - a.dur);
  const placed = inOrder.map((span): TraceEvent => {
    const end = span.ts + span.dur;
    for (const open of lanes) while (open.length > 0 && open[open.length - 1] <= span.ts) open.pop();
    const free = lanes.findIndex((open) => open.length === 0 || end <= open[open.length - 1]);
    const lane = free < 0 ? lanes.push([]) - 1 : free;
    lanes[lane].push(end);
    return { ...span, ph: 'X', pid, tid: tid + LANE * lane };
  });
  const names = lanes.flatMap((_, lane): TraceEvent[] => [
    { name: 'process_name', ph: 'M', pid, tid: tid + LANE * lane, args: { name: process } },
    {
      name: 'thread_name',
      ph: 'M',
      pid,
      tid: tid + LANE * lane,
      args: { name: lane === 0 ? thread : `${thread} ${lane + 1}` },
    },
  ]);
  return [...names, ...placed];
}

function time({ start, end }: { start: number; end: number }): { ts: number; dur: number } {
  const [first, last] = [Math.round(start * SECOND), Math.round(Math.max(start, end) * SECOND)];
  return { ts: first / PARTS, dur: (last - first) / PARTS };
}

function cpuEvent(span: CpuSpan): Span {
  const { name, phase, layer, kind } = span;
  return { name, cat: phase ?? kind, ...time(span), args: { layer } };
}

function gpuEvent({ kernels }: Profile, span: GpuSpan): Span {
  const { kernel, variant, phase, op, layer, shape, flops, bytes } = kernels[span.calls];
  const args = { op, layer, shape, variant, flops, bytes };
  return { name: kernel, cat: phase, ...time(span), args };
}

/** Neighbouring dispatches of one phase and layer as one span. */
function phases({ kernels, gpu }: Profile): Span[] {
  const merged: { name: string; phase: string; start: number; end: number }[] = [];
  for (const { calls, start, end } of [...gpu].sort((a, b) => a.start - b.start)) {
    const { phase, layer } = kernels[calls];
    const name = layer ? `${phase} ${layer}` : phase;
    const last = merged.at(-1);
    if (last?.name === name) last.end = Math.max(last.end, end);
    else merged.push({ name, phase, start, end });
  }
  return merged.map(({ name, phase, ...span }) => ({ name, cat: phase, ...time(span) }));
}
