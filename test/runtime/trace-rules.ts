import type { ChromeTrace, TraceEvent } from '../../runtime/chrome-trace';

/**
 * What of a trace Perfetto would leave out or show wrongly, in sentences. The rules are those of the Trace Event Format
 * (JSON object format, phases X and M; docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU) and of
 * Perfetto's importer, which drops a complete event that overlaps another of its thread without lying inside it
 * (`slice_drop_overlapping_complete_event`). It counts in whole nanoseconds.
 */
export function traceFaults(text: string): string[] {
  const { traceEvents, displayTimeUnit }: ChromeTrace = JSON.parse(text);
  if (!Array.isArray(traceEvents)) return ['there is no array traceEvents'];
  const spans = traceEvents.filter(({ ph }) => ph === 'X');
  const names = traceEvents.filter(({ ph, name }) => ph === 'M' && name === 'thread_name');
  const named = new Set(names.map(trackOf));
  return [
    ...(['ms', 'ns'].includes(displayTimeUnit) ? [] : [`displayTimeUnit is ${displayTimeUnit}`]),
    ...traceEvents.flatMap((event, i) => faultsOf(event).map((fault) => `event ${i}: ${fault}`)),
    ...(named.size === names.length ? [] : ['a track has two names']),
    ...[...new Set(spans.map(trackOf))]
      .filter((track) => !named.has(track))
      .map((track) => `${track} has no name`),
    ...[...named].flatMap((track) => overlapping(spans.filter((span) => trackOf(span) === track))),
  ];
}

const trackOf = ({ pid, tid }: TraceEvent) => `track ${pid}.${tid}`;

function faultsOf({ ph, name, pid, tid, ts, dur, args }: TraceEvent): string[] {
  const isTime = (time: unknown) => typeof time === 'number' && Number.isFinite(time) && time >= 0;
  const isMeta = ph === 'M';
  return [
    ...(isMeta || ph === 'X' ? [] : [`phase ${ph}`]),
    ...(typeof name === 'string' && name.length > 0 ? [] : ['no name']),
    ...(Number.isInteger(pid) && Number.isInteger(tid) ? [] : ['pid or tid is no whole number']),
    ...(isMeta || (isTime(ts) && isTime(dur)) ? [] : [`times ${ts}, ${dur}`]),
    ...(!isMeta || typeof args?.name === 'string' ? [] : ['metadata without a name']),
  ];
}

/** Whole nanoseconds, as a cast of the double cuts them off. */
const nanoseconds = (microseconds = 0) => Math.trunc(microseconds * 1000);

function overlapping(spans: readonly TraceEvent[]): string[] {
  const open: { name: string; end: number }[] = [];
  const faults: string[] = [];
  const inOrder = [...spans].sort((a, b) => (a.ts ?? 0) - (b.ts ?? 0) || (b.dur ?? 0) - (a.dur ?? 0));
  for (const { name, ts, dur } of inOrder) {
    const start = nanoseconds(ts);
    const end = start + nanoseconds(dur);
    while (open.length > 0 && open[open.length - 1].end <= start) open.pop();
    const around = open.at(-1);
    if (around && end > around.end) faults.push(`'${name}' overlaps '${around.name}'`);
    else open.push({ name, end });
  }
  return faults;
}
