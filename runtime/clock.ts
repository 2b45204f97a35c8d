import { BUFFER_USAGE, MAP_READ } from './constants';

const PAIRS = 1024;
const BYTES = PAIRS * 2 * 8;
const CALIBRATIONS = 5;

/** Is told when a pass began and ended, in nanoseconds of the GPU's own clock. */
export type PassListener = (begin: number, end: number) => void;

/** Least and most that has to be added to the GPU's clock to get the CPU's. */
export interface ClockOffset {
  readonly least: number;
  readonly most: number;
}

/** Adds up the GPU time of submitted passes by a timestamp at each end; wall-clock where there is no timestamp-query. */
export class GpuClock {
  readonly source: 'timestamp-query' | 'wall-clock';
  private readonly queries: GPUQuerySet | undefined;
  private readonly openedAt = performance.now();
  private readonly resolving = new Set<Promise<void>>();
  /** One for each pass whose timestamps wait in the query set. */
  private listeners: (PassListener | undefined)[] = [];
  private total = 0;

  constructor(private readonly device: GPUDevice) {
    const available = device.features.has('timestamp-query');
    this.source = available ? 'timestamp-query' : 'wall-clock';
    if (available) this.queries = device.createQuerySet({ type: 'timestamp', count: PAIRS * 2 });
  }

  /** Seconds of GPU work since the device was opened; waits for what was submitted. */
  async seconds(): Promise<number> {
    if (!this.queries) {
      await this.device.queue.onSubmittedWorkDone();
      return (performance.now() - this.openedAt) / 1000;
    }
    this.resolve(this.queries);
    await Promise.all(this.resolving);
    return this.total;
  }

  /** What the recorder puts into the descriptor of its next compute pass; `submitted` must be called in time. */
  passDescriptor(listener?: PassListener): GPUComputePassDescriptor {
    if (!this.queries) return {};
    const first = this.listeners.push(listener) * 2 - 2;
    return {
      timestampWrites: {
        querySet: this.queries,
        beginningOfPassWriteIndex: first,
        endOfPassWriteIndex: first + 1,
      },
    };
  }

  /** All passes were submitted: makes room for `next` more. */
  submitted(next: number): void {
    if (this.queries && this.listeners.length > PAIRS - next) this.resolve(this.queries);
  }

  /**
   * Milliseconds to add to the GPU's clock (in milliseconds) to get `performance.now()`. It follows from two facts: a
   * pass cannot begin before it was submitted, nor end after its timestamps arrived. The GPU must be idle.
   */
  async calibrate(): Promise<ClockOffset> {
    let [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let i = 0; i < CALIBRATIONS; i++) {
      const submitted = performance.now();
      const encoder = this.device.createCommandEncoder();
      encoder
        .beginComputePass(
          this.passDescriptor((begin, end) => {
            least = Math.max(least, submitted - begin / 1e6);
            most = Math.min(most, performance.now() - end / 1e6);
          }),
        )
        .end();
      this.device.queue.submit([encoder.finish()]);
      await this.seconds();
    }
    return { least, most };
  }

  private resolve(queries: GPUQuerySet): void {
    const { listeners } = this;
    if (listeners.length === 0) return;
    const bytes = listeners.length * 16;
    const target = this.device.createBuffer({
      size: BYTES,
      usage: BUFFER_USAGE.QUERY_RESOLVE | BUFFER_USAGE.COPY_SRC,
    });
    const staging = this.device.createBuffer({
      size: BYTES,
      usage: BUFFER_USAGE.MAP_READ | BUFFER_USAGE.COPY_DST,
    });
    const encoder = this.device.createCommandEncoder();
    encoder.resolveQuerySet(queries, 0, listeners.length * 2, target, 0);
    encoder.copyBufferToBuffer(target, 0, staging, 0, bytes);
    this.device.queue.submit([encoder.finish()]);
    this.listeners = [];
    const reading = staging.mapAsync(MAP_READ, 0, bytes).then(
      () => {
        const times = new BigInt64Array(staging.getMappedRange(0, bytes));
        for (const [i, listener] of listeners.entries()) {
          const [begin, end] = [Number(times[2 * i]), Number(times[2 * i + 1])];
          this.total += Math.max(0, end - begin) / 1e9;
          listener?.(begin, end);
        }
        staging.destroy();
        target.destroy();
        this.resolving.delete(reading);
      },
      () => undefined, // the device was lost, which is reported by itself
    );
    this.resolving.add(reading);
  }
}
