import { BUFFER_USAGE, MAP_READ } from './constants';

const PAIRS = 1024;
const BYTES = PAIRS * 2 * 8;

/** Measures the GPU time of submitted batches by a timestamp at each end; wall-clock where there is no timestamp-query. */
export class GpuClock {
  readonly source: 'timestamp-query' | 'wall-clock';
  private readonly queries: GPUQuerySet | undefined;
  private pairs = 0;
  private resolved: Promise<number>[] = [];
  private running = false;
  private startedAt = 0;

  constructor(private readonly device: GPUDevice) {
    const available = device.features.has('timestamp-query');
    this.source = available ? 'timestamp-query' : 'wall-clock';
    if (available) this.queries = device.createQuerySet({ type: 'timestamp', count: PAIRS * 2 });
  }

  start(): void {
    this.running = true;
    this.startedAt = performance.now();
  }

  /** Seconds of GPU work submitted since `start`; all of it must have been submitted. */
  async stop(): Promise<number> {
    this.running = false;
    if (!this.queries) {
      await this.device.queue.onSubmittedWorkDone();
      return (performance.now() - this.startedAt) / 1000;
    }
    if (this.pairs > 0) this.resolve();
    const parts = await Promise.all(this.resolved);
    this.resolved = [];
    return parts.reduce((sum, part) => sum + part, 0);
  }

  /** What the recorder puts into the descriptor of its next compute pass. */
  passDescriptor(): GPUComputePassDescriptor {
    if (!this.running || !this.queries) return {};
    if (this.pairs === PAIRS) this.resolve();
    const first = this.pairs * 2;
    this.pairs += 1;
    return {
      timestampWrites: {
        querySet: this.queries,
        beginningOfPassWriteIndex: first,
        endOfPassWriteIndex: first + 1,
      },
    };
  }

  private resolve(): void {
    if (!this.queries) return;
    const count = this.pairs * 2;
    const target = this.device.createBuffer({
      size: BYTES,
      usage: BUFFER_USAGE.QUERY_RESOLVE | BUFFER_USAGE.COPY_SRC,
    });
    const staging = this.device.createBuffer({
      size: BYTES,
      usage: BUFFER_USAGE.MAP_READ | BUFFER_USAGE.COPY_DST,
    });
    const encoder = this.device.createCommandEncoder();
    encoder.resolveQuerySet(this.queries, 0, count, target, 0);
    encoder.copyBufferToBuffer(target, 0, staging, 0, count * 8);
    this.device.queue.submit([encoder.finish()]);
    this.pairs = 0;
    this.resolved.push(
      staging.mapAsync(MAP_READ, 0, count * 8).then(() => {
        const times = new BigInt64Array(staging.getMappedRange(0, count * 8));
        let nanoseconds = 0n;
        for (let i = 0; i < count; i += 2) {
          const elapsed = times[i + 1] - times[i];
          if (elapsed > 0n) nanoseconds += elapsed;
        }
        staging.destroy();
        target.destroy();
        return Number(nanoseconds) / 1e9;
      }),
    );
  }
}
