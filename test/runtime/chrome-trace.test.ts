import { describe, expect, test } from 'vitest';
import { chromeTrace } from '../../runtime/chrome-trace';
import type { CpuSpan, Profile } from '../../runtime/profile';
import { traceFaults } from './trace-rules';

const KERNEL = { kernel: 'matmul', variant: '', op: 'linear', layer: '0', shape: '[1]', bytes: 4 };
const SUMS = { calls: 3, seconds: 1, shortest: 0, longest: 1 };

function profileOf(gpu: Profile['gpu'], cpu: readonly CpuSpan[] = []): Profile {
  return {
    adapter: { kind: 'gpu', description: 'Card 5000', software: false },
    source: 'timestamp-query',
    ...{ wallSeconds: 1, gpuSeconds: 1, dispatches: gpu.length, submits: 1, readbacks: 1, droppedSpans: 0 },
    kernels: [{ ...KERNEL, ...SUMS, phase: 'forward' }],
    ...{ gpu, cpu },
  };
}
const faults = (profile: Profile) => traceFaults(JSON.stringify(chromeTrace(profile)));
const wait = (start: number, end: number): CpuSpan => ({ name: 'read', kind: 'wait', start, end });

describe('a trace for Perfetto', () => {
  test('follows the rules of its format, with neighbours at odd times that no decimal fraction hits', () => {
    const times = Array.from({ length: 400 }, (_, i) => i * 1.7e-6 + (i % 7) * 1.3e-7);
    const gpu = times.slice(1).map((end, i) => ({ calls: 0, start: times[i], end }));
    expect(faults(profileOf(gpu))).toEqual([]);
  });

  test('keeps its times to an eighth of a microsecond', () => {
    const { traceEvents } = chromeTrace(profileOf([{ calls: 0, start: 1.00000031, end: 2.5 }]));
    const [span] = traceEvents.filter(({ ph, pid, tid }) => ph === 'X' && pid === 2 && tid === 2);
    expect(span).toMatchObject({ ts: 1_000_000.25, dur: 1_499_999.75 });
  });

  test('gives waits that overlap a track of their own each', () => {
    const work: CpuSpan = { name: 'step', kind: 'work', start: 0, end: 9 };
    const inner: CpuSpan = { name: 'linear', kind: 'work', start: 2, end: 3 };
    const profile = profileOf([], [work, inner, wait(1, 4), wait(2, 5), wait(3, 6), wait(4, 7), wait(2, 4)]);
    expect(faults(profile)).toEqual([]);
    const { traceEvents } = chromeTrace(profile);
    const spans = traceEvents.filter(({ ph }) => ph === 'X');
    expect(spans).toHaveLength(7);
    const trackAt = (start: number, name = 'read') =>
      spans.filter(({ ts, name: one }) => ts === start * 1e6 && one === name).map(({ tid }) => tid);
    expect([trackAt(0, 'step'), trackAt(2, 'linear')]).toEqual([[1], [1]]);
    expect([trackAt(1), trackAt(3), trackAt(4)]).toEqual([[2], [22], [2]]);
    const names = traceEvents.filter(({ name }) => name === 'thread_name').map(({ args }) => args?.name);
    expect(names).toEqual(expect.arrayContaining(['JavaScript', 'waits', 'waits 2', 'waits 3']));
  });

  test('one that breaks the rules is found out', () => {
    const span = (ts: number, dur: number) => ({ name: 'a', ph: 'X', pid: 1, tid: 1, ts, dur });
    const name = { name: 'thread_name', ph: 'M', pid: 1, tid: 1, args: { name: 'x' } };
    const broken = (...traceEvents: object[]) =>
      traceFaults(JSON.stringify({ displayTimeUnit: 'ms', traceEvents }));
    expect(broken(name, span(0, 2), span(1, 1))).toEqual([]);
    expect(broken(name, span(0, 2), span(1, 2))).toEqual(["'a' overlaps 'a'"]);
    expect(broken(span(0, 1))).toEqual(['track 1.1 has no name']);
    expect(broken(name, span(0, -1))).toEqual(['event 1: times 0, -1']);
    expect(broken({ ...name, args: {} })).toEqual(['event 0: metadata without a name']);
  });
});
