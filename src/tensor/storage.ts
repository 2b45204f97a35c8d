import type { PooledBuffer } from '../../runtime/pool';
import type { Runtime } from '../../runtime/runtime';

/** Count of live tensors on one GPU, shown by gpu.memory(). */
export interface TensorCount {
  tensors: number;
}

/** A pooled buffer shared by the tensors that view it; goes back to the pool with the last of them. */
export class Storage {
  private owners = 0;

  constructor(
    private readonly runtime: Runtime,
    private readonly buffer: PooledBuffer,
    private readonly count: TensorCount,
  ) {}

  get alive(): boolean {
    return this.owners > 0;
  }

  get pooled(): PooledBuffer {
    return this.buffer;
  }

  retain(): void {
    this.owners += 1;
    this.count.tensors += 1;
  }

  release(): void {
    this.owners -= 1;
    this.count.tensors -= 1;
    if (this.owners === 0) this.runtime.pool.release(this.buffer);
  }
}
