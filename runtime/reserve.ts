import type { PooledBuffer } from './pooled-buffer';

/**
 * Buffers set apart for a captured step. One that the step returns is lent again at once, since only dispatches write to
 * it and these keep their order. What is not lent at the end is scratch. Every replay finds it where it was.
 */
export class Reserve {
  private readonly all = new Set<PooledBuffer>();
  private readonly free = new Set<PooledBuffer>();

  has(buffer: PooledBuffer): boolean {
    return this.all.has(buffer);
  }

  /** Sets a lent buffer apart. */
  add(buffer: PooledBuffer): void {
    buffer.reserve = this;
    this.all.add(buffer);
  }

  /** The smallest buffer that nobody holds of `size` to `most` bytes. */
  take(size: number, most: number): PooledBuffer | undefined {
    let best: PooledBuffer | undefined;
    for (const buffer of this.free) {
      if (buffer.size >= size && buffer.size <= (best ? best.size - 1 : most)) best = buffer;
    }
    if (best) this.free.delete(best);
    return best;
  }

  give(buffer: PooledBuffer): void {
    this.free.add(buffer);
  }

  /** Those that nobody holds. */
  get unlent(): PooledBuffer[] {
    return [...this.free];
  }

  /** Those that outlive the step: results, and gradients that it leaves behind. */
  get lent(): PooledBuffer[] {
    return [...this.all].filter((buffer) => !this.free.has(buffer));
  }
}
