import type { ClockOffset } from './clock';
import { TaskgradError } from './errors';
import type { GpuSpan, KernelCalls, Profile } from './profile';
import { Profiler } from './profiler';
import type { Runtime } from './runtime';

const SAME_CLOCK: ClockOffset = { least: 0, most: 0 };

/** Times every dispatch of `work`. @throws TaskgradError `PROFILE_NESTED` while another profile is taken */
export async function takeProfile<T>(
  runtime: Runtime,
  work: () => T | Promise<T>,
): Promise<{ result: T; profile: Profile }> {
  const { recorder, readback, clock } = runtime;
  if (recorder.isProfiled) {
    throw new TaskgradError('PROFILE_NESTED', 'profile: a profile of this GPU is being taken already');
  }
  const timestamps = clock.source === 'timestamp-query';
  const profiler = new Profiler(timestamps);
  recorder.profile(profiler);
  try {
    await runtime.seconds();
    const early = timestamps ? await clock.calibrate() : SAME_CLOCK;
    const counted = () => ({
      dispatches: recorder.dispatches,
      submits: recorder.submits,
      readbacks: readback.readbacks,
    });
    const before = counted();
    const start = performance.now();
    const result = await work();
    await runtime.idle();
    const end = performance.now();
    const after = counted();
    await runtime.seconds();
    const late = timestamps ? await clock.calibrate() : SAME_CLOCK;
    const gpu = onCpuClock(profiler.gpu, early, late);
    const inSeconds = <S extends { start: number; end: number }>(spans: readonly S[]): S[] =>
      spans.map((span) => ({ ...span, start: (span.start - start) / 1e3, end: (span.end - start) / 1e3 }));
    const profile: Profile = {
      adapter: runtime.facts,
      source: clock.source,
      wallSeconds: (end - start) / 1e3,
      gpuSeconds: profiler.totals.reduce((sum, { seconds }) => sum + seconds, 0),
      dispatches: after.dispatches - before.dispatches,
      submits: after.submits - before.submits,
      readbacks: after.readbacks - before.readbacks,
      ...longestFirst(profiler.totals, inSeconds(gpu)),
      cpu: inSeconds(profiler.cpu.filter((span) => span.start >= start && span.start <= end)),
      droppedSpans: profiler.droppedSpans,
    };
    return { result, profile };
  } finally {
    profiler.stop();
    recorder.profile(undefined);
  }
}

/** Shifts spans by one offset if both measurements allow one; else the clocks drift apart, and the offset with them. */
function onCpuClock(spans: readonly GpuSpan[], early: ClockOffset, late: ClockOffset): GpuSpan[] {
  const common = { least: Math.max(early.least, late.least), most: Math.min(early.most, late.most) };
  const middle = ({ least, most }: ClockOffset) => (least + most) / 2;
  const agree = common.least <= common.most;
  const [from, to] = agree ? [middle(common), middle(common)] : [middle(early), middle(late)];
  const [first, last] = [spans.at(0)?.start ?? 0, spans.at(-1)?.end ?? 0];
  const shift = (time: number) =>
    time + from + (to - from) * (last > first ? (time - first) / (last - first) : 0);
  return spans.map(({ calls, start, end }) => ({ calls, start: shift(start), end: shift(end) }));
}

function longestFirst(
  totals: readonly KernelCalls[],
  spans: readonly GpuSpan[],
): { kernels: KernelCalls[]; gpu: GpuSpan[] } {
  const order = totals.map((_, i) => i).sort((a, b) => totals[b].seconds - totals[a].seconds);
  const place = new Map(order.map((from, to) => [from, to]));
  return {
    kernels: order.map((i) => totals[i]),
    gpu: spans.map((span) => ({ ...span, calls: place.get(span.calls) ?? span.calls })),
  };
}
