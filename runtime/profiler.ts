import type { PassListener } from './clock';
import { type Dispatch, variantOf } from './kernel';
import type { CpuSpan, GpuSpan, KernelCalls } from './profile';
import { listen, type Tags } from './tags';

/** Spans kept of each track; a long run keeps its sums and the spans of its beginning. */
export const MOST_SPANS = 200_000;

interface Totals extends Omit<KernelCalls, 'calls' | 'seconds' | 'shortest' | 'longest'> {
  calls: number;
  seconds: number;
  shortest: number;
  longest: number;
}

/** Gathers what is dispatched and when it ran, from its making until `stop`. */
export class Profiler {
  private readonly rows = new Map<string, { totals: Totals; index: number }>();
  /** In milliseconds of the GPU's clock. */
  readonly gpu: GpuSpan[] = [];
  /** In milliseconds of `performance.now()`. */
  readonly cpu: CpuSpan[] = [];
  droppedSpans = 0;
  /** Dispatches of the open batch, for adapters without timestamps. */
  private open: PassListener[] = [];
  private lastDone = 0;
  readonly stop: () => void;

  constructor(private readonly timestamps: boolean) {
    this.stop = listen((span) => {
      if (this.hasRoom(this.cpu)) this.cpu.push(span);
    });
  }

  /** Takes note of a dispatch. @returns whom to tell when it ran; undefined where batches are timed instead */
  dispatched(dispatch: Dispatch, tags: Tags): PassListener | undefined {
    const { totals, index } = this.rowOf(dispatch, tags);
    const listener = (begin: number, end: number) => {
      const seconds = Math.max(0, end - begin) / 1e9;
      totals.calls += 1;
      totals.seconds += seconds;
      totals.shortest = Math.min(totals.shortest, seconds);
      totals.longest = Math.max(totals.longest, seconds);
      if (this.hasRoom(this.gpu)) this.gpu.push({ calls: index, start: begin / 1e6, end: end / 1e6 });
    };
    if (this.timestamps) return listener;
    this.open.push(listener);
    return undefined;
  }

  /** A batch was submitted that `done` ends: without timestamps its dispatches share its time. */
  submitted(done: Promise<void>): void {
    const batch = this.open;
    if (batch.length === 0) return;
    this.open = [];
    const at = performance.now();
    done.then(() => {
      const begin = Math.max(at, this.lastDone);
      this.lastDone = performance.now();
      const each = ((this.lastDone - begin) / batch.length) * 1e6;
      for (const [i, listener] of batch.entries())
        listener(begin * 1e6 + i * each, begin * 1e6 + (i + 1) * each);
    });
  }

  /** Sums in the order of each kernel's first call, as the spans count them. */
  get totals(): readonly KernelCalls[] {
    return [...this.rows.values()].map(({ totals }) => totals);
  }

  private hasRoom(spans: readonly unknown[]): boolean {
    if (spans.length < MOST_SPANS) return true;
    this.droppedSpans += 1;
    return false;
  }

  private rowOf({ kernel, constants, workload }: Dispatch, tags: Tags): { totals: Totals; index: number } {
    const { phase = 'other', op = '', layer = '' } = tags;
    const variant = variantOf(constants);
    const shape = workload ? shapeOf(workload.outputs, workload.inputs) : '';
    const key = [kernel.name, variant, phase, op, layer, shape].join('|');
    const known = this.rows.get(key);
    if (known) return known;
    const named = { kernel: kernel.name, variant, phase, op, layer, shape };
    const sums = { calls: 0, seconds: 0, shortest: Number.POSITIVE_INFINITY, longest: 0 };
    const totals = { ...named, ...sums, flops: workload?.flops, bytes: workload?.bytes ?? 0 };
    const made = { totals, index: this.rows.size };
    this.rows.set(key, made);
    return made;
  }
}

type Shapes = readonly (readonly number[])[];

function shapeOf(outputs: Shapes, inputs: Shapes): string {
  const list = (shapes: Shapes) => shapes.map((shape) => `[${shape.join()}]`).join(' ');
  return inputs.length > 0 ? `${list(outputs)} ← ${list(inputs)}` : list(outputs);
}
