/** A storage buffer lent by the pool; `size` is that of its class, at least what was asked for. */
export interface PooledBuffer {
  /** Its number among all there ever were. */
  readonly serial: number;
  readonly gpu: GPUBuffer;
  readonly size: number;
  /** Times it was returned, by which a captured step knows whether a buffer is still what it was. */
  returns: number;
  /** What it is set apart for, and given back to: the `Reserve` of a captured step. */
  reserve?: { give(buffer: PooledBuffer): void };
}

let serials = 0;

/** A buffer that kernels may bind. */
export function numbered(gpu: GPUBuffer, size: number): PooledBuffer {
  return { serial: serials++, gpu, size, returns: 0 };
}
