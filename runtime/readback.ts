import { BUFFER_USAGE, MAP_READ } from './constants';
import { sizeClass } from './pool';
import type { PooledBuffer } from './pooled-buffer';
import type { Recorder } from './recorder';
import { timedWait } from './tags';

/** Staging buffers kept per size for the next readback. */
const KEPT_PER_SIZE = 4;
/** Larger ones are rare (a checkpoint, say) and not worth their memory in between. */
const LARGEST_KEPT_BYTES = 16 << 20;

/** Copies GPU buffers to the CPU through a ring of mappable staging buffers. */
export class ReadbackRing {
  private readonly free = new Map<number, GPUBuffer[]>();
  /** Counted for tests: a training step must make none. */
  readbacks = 0;

  constructor(
    private readonly device: GPUDevice,
    private readonly recorder: Recorder,
  ) {}

  /** Submits what was recorded and reads the first `bytes` (a multiple of 4) of a buffer. */
  async read(buffer: PooledBuffer, bytes: number): Promise<ArrayBuffer> {
    this.readbacks += 1;
    const size = sizeClass(bytes);
    const list = this.free.get(size) ?? [];
    this.free.set(size, list);
    const usage = BUFFER_USAGE.MAP_READ | BUFFER_USAGE.COPY_DST;
    const staging = list.pop() ?? this.device.createBuffer({ size, usage });
    this.recorder.submit((encoder) => encoder.copyBufferToBuffer(buffer.gpu, 0, staging, 0, bytes));
    await timedWait('read back', () => staging.mapAsync(MAP_READ, 0, bytes));
    const copy = staging.getMappedRange(0, bytes).slice(0);
    staging.unmap();
    if (size <= LARGEST_KEPT_BYTES && list.length < KEPT_PER_SIZE) list.push(staging);
    else staging.destroy();
    return copy;
  }
}
