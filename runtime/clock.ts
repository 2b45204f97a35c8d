import { BUFFER_USAGE, MAP_READ } from './constants';

const PAIRS = 1024;
const BYTES = PAIRS * 2 * 8;

/** Adds up the GPU time of submitted batches by a timestamp at each end; wall-clock where there is no timestamp-query. */
export class GpuClock {
  readonly source: 'timestamp-query' | 'wall-clock';
  private readonly queries: GPUQuerySet | undefined;
  private readonly openedAt = performance.now();
  private readonly resolving = new Set<Promise<void>>();
  private pairs = 0;
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
    if (this.pairs > 0) this.resolve();
    await Promise.all(this.resolving);
    return this.total;
  }

  /** What the recorder puts into the descriptor of its next compute pass. */
  passDescriptor(): GPUComputePassDescriptor {
    if (!this.queries) return {};
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
    const reading = staging.mapAsync(MAP_READ, 0, count * 8).then(
      () => {
        const times = new BigInt64Array(staging.getMappedRange(0, count * 8));
        for (let i = 0; i < count; i += 2) this.total += Math.max(0, Number(times[i + 1] - times[i])) / 1e9;
        staging.destroy();
        target.destroy();
        this.resolving.delete(reading);
      },
      () => undefined, // the device was lost, which is reported by itself
    );
    this.resolving.add(reading);
  }
}
