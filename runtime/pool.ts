import { BUFFER_USAGE } from './constants';
import { GpuLimitError, GpuOutOfMemoryError } from './errors';
import { numbered, type PooledBuffer } from './pooled-buffer';
import { Reserve } from './reserve';

export interface PoolUsage {
  readonly buffers: number;
  readonly bytesInUse: number;
  readonly bytesPooled: number;
  readonly peakBytes: number;
}

export interface PoolOptions {
  /** Most bytes the engine may hold, in use and pooled together. */
  readonly memoryLimit: number;
  /** Most bytes kept waiting to be lent again. */
  readonly poolLimit: number;
  /** Told of every allocation, and later whether the driver refused it. */
  readonly onAllocation: (buffer: PooledBuffer, refusal: Promise<GpuOutOfMemoryError | undefined>) => void;
  /** The batch being recorded, which may use buffers that were returned since it was opened. */
  readonly batch: { readonly isOpen: () => boolean; readonly submit: () => void };
}

/** Work under `limited` asked for more than it may have. Who limited it catches this. */
export class NoRoomError extends Error {}

const SMALLEST_CLASS = 256;
/** A buffer that the driver refuses takes the batch along that uses it. Before one of so many bytes the batch is submitted. */
const LARGE_BYTES = 16 << 20;
/** Returned bytes that may wait for their batch before it is submitted early, so that they can be lent again. */
const MAX_WAITING_BYTES = 64 << 20;
const USAGE = BUFFER_USAGE.STORAGE | BUFFER_USAGE.COPY_SRC | BUFFER_USAGE.COPY_DST;

/** Rounds up to a size class: four classes an octave, so that at most a quarter is wasted. */
export function sizeClass(bytes: number): number {
  if (bytes <= SMALLEST_CLASS) return SMALLEST_CLASS;
  const step = Math.max(SMALLEST_CLASS, 2 ** (Math.ceil(Math.log2(bytes)) - 3));
  return Math.ceil(bytes / step) * step;
}

/**
 * Lends storage buffers and takes them back. A returned buffer is lent again only after the batch that used it was
 * submitted: until then a write to its next owner could overtake the batch. The oldest is lent first. So a step that is
 * made again gets the same buffers, and finds the bind groups that it made before.
 */
export class BufferPool {
  /** Bytes of a buffer that kernels can bind. */
  private readonly mostBound: number;
  /** By size, each list with the oldest last. */
  private readonly free = new Map<number, PooledBuffer[]>();
  private waiting: PooledBuffer[] = [];
  private waitingBytes = 0;
  /** Buffers that the driver had no room for: never to be lent again. */
  private readonly refused = new WeakSet<PooledBuffer>();
  private inUse = 0;
  private pooled = 0;
  private peak = 0;
  private count = 0;
  /** Most bytes in use for now, see `limited`. */
  private most = Number.POSITIVE_INFINITY;
  /** Where to look first: the reserve of the step being captured, or another to make use of. */
  private reserve: { readonly buffers: Reserve; readonly exact: boolean } | undefined;

  constructor(
    private readonly device: GPUDevice,
    private readonly options: PoolOptions,
  ) {
    this.mostBound = device.limits.maxStorageBufferBindingSize;
  }

  /**
   * @param label names the tensor in errors, as in 'tensor f32[64,3,32,32]'.
   * @throws GpuLimitError over the adapter's buffer size; GpuOutOfMemoryError over the memory limit.
   */
  acquire(bytes: number, label: string): PooledBuffer {
    const size = this.sizeFor(bytes);
    const own = this.reserve?.buffers.take(size, this.reserve.exact ? size : Number.POSITIVE_INFINITY);
    if (own) return own;
    if (this.inUse + size > this.most) throw new NoRoomError(label);
    if (this.waitingBytes > MAX_WAITING_BYTES && !this.free.get(size)?.length) this.options.batch.submit();
    const reused = this.free.get(size)?.pop();
    if (reused) this.pooled -= size;
    const buffer = reused ?? this.allocate(size, label);
    this.inUse += size;
    this.peak = Math.max(this.peak, this.inUse);
    this.reserve?.buffers.add(buffer);
    return buffer;
  }

  release(buffer: PooledBuffer): void {
    buffer.returns += 1;
    buffer.lost = undefined;
    if (buffer.reserve) {
      buffer.reserve.give(buffer);
      return;
    }
    this.inUse -= buffer.size;
    this.pooled += buffer.size;
    if (this.options.batch.isOpen()) {
      this.waiting.push(buffer);
      this.waitingBytes += buffer.size;
    } else {
      this.keep(buffer);
    }
  }

  /** Runs `work`, which may take up to so many bytes more than are in use now. @throws NoRoomError once it asks for more */
  limited<T>(bytes: number, work: () => T): T {
    const outer = this.most;
    this.most = Math.min(outer, this.inUse + bytes);
    try {
      return work();
    } finally {
      this.most = outer;
    }
  }

  /** Sets all that `work` asks for apart. @throws what `work` throws, after which nothing is set apart */
  setApart<T>(work: (reserve: Reserve) => T): T {
    const reserve = new Reserve();
    try {
      return this.within({ buffers: reserve, exact: true }, () => work(reserve));
    } catch (error) {
      this.dissolve(reserve);
      throw error;
    }
  }

  /** Runs other work in buffers that were set apart, where they are large enough. */
  borrow(reserve: Reserve, work: () => void): void {
    this.within({ buffers: reserve, exact: false }, work);
  }

  /** Takes back what was set apart. A buffer that somebody holds comes back when it is returned. */
  dissolve(reserve: Reserve): void {
    for (const buffer of reserve.lent) buffer.reserve = undefined;
    for (const buffer of reserve.unlent) {
      buffer.reserve = undefined;
      this.release(buffer);
    }
  }

  /** The open batch was submitted: what was returned before may be lent again. */
  submitted(): void {
    for (const buffer of this.waiting) this.keep(buffer);
    this.waiting = [];
    this.waitingBytes = 0;
    if (this.pooled > this.options.poolLimit) this.trim(this.options.poolLimit);
  }

  /**
   * Destroys buffers that could be lent, the largest first, until at most `target` bytes are pooled.
   * WebGPU keeps alive what submitted work still uses.
   */
  trim(target = 0): void {
    for (const size of [...this.free.keys()].sort((a, b) => b - a)) {
      const list = this.free.get(size) ?? [];
      while (this.pooled > target) {
        const buffer = list.pop();
        if (!buffer) break;
        this.destroy(buffer);
      }
      if (list.length === 0) this.free.delete(size);
    }
  }

  usage(): PoolUsage {
    return { buffers: this.count, bytesInUse: this.inUse, bytesPooled: this.pooled, peakBytes: this.peak };
  }

  private within<T>(reserve: NonNullable<BufferPool['reserve']>, work: () => T): T {
    this.reserve = reserve;
    try {
      return work();
    } finally {
      this.reserve = undefined;
    }
  }

  /** The size class. Where a kernel could bind the bytes but not the class, the bytes themselves. */
  private sizeFor(bytes: number): number {
    const size = sizeClass(bytes);
    return size > this.mostBound ? Math.max(bytes, SMALLEST_CLASS) : size;
  }

  private keep(buffer: PooledBuffer): void {
    const list = this.free.get(buffer.size);
    if (this.refused.has(buffer)) this.destroy(buffer);
    else if (list) list.splice(list.findLastIndex(({ serial }) => serial > buffer.serial) + 1, 0, buffer);
    else this.free.set(buffer.size, [buffer]);
  }

  private destroy(buffer: PooledBuffer): void {
    this.pooled -= buffer.size;
    this.count -= 1;
    buffer.gpu.destroy();
  }

  private allocate(size: number, label: string): PooledBuffer {
    const { maxBufferSize } = this.device.limits;
    const { memoryLimit, batch } = this.options;
    if (size > maxBufferSize) throw new GpuLimitError('maxBufferSize', size, maxBufferSize, label);
    if (this.inUse + this.pooled + size > memoryLimit) {
      batch.submit();
      this.trim();
    }
    if (this.inUse + this.pooled + size > memoryLimit) {
      const detail = `${this.inUse} of the limit of ${memoryLimit} are in use; use a smaller batch, or free tensors with gpu.scope()`;
      throw new GpuOutOfMemoryError(size, label, detail);
    }
    if (size >= LARGE_BYTES) batch.submit();
    this.device.pushErrorScope('out-of-memory');
    const gpu = this.device.createBuffer({ size, usage: USAGE });
    const made = numbered(gpu, size, this.device);
    const inUse = this.inUse;
    const refusal = this.device.popErrorScope().then(
      (error) => {
        if (!error) return undefined;
        this.refused.add(made);
        this.trim();
        const detail = `the driver refused it with ${inUse} bytes in use; the pool was emptied, so a smaller batch may fit now`;
        return new GpuOutOfMemoryError(size, label, detail);
      },
      () => undefined, // the device was lost, which is reported by itself
    );
    this.options.onAllocation(made, refusal);
    this.count += 1;
    return made;
  }
}
