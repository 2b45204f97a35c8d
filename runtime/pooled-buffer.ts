import type { TaskgradError } from './errors';

/** A storage buffer lent by the pool; `size` is that of its class, at least what was asked for. */
export interface PooledBuffer {
  /** Its number among all there ever were. */
  readonly serial: number;
  readonly gpu: GPUBuffer;
  readonly size: number;
  /** Where it is, if a kernel may be given buffers of several devices. */
  readonly device?: GPUDevice;
  /** Times it was returned, by which a captured step knows whether a buffer is still what it was. */
  returns: number;
  /** Why its content is missing: a dispatch that should have written it was left out by the GPU. */
  lost: TaskgradError | undefined;
  /** What it is set apart for, and given back to: the `Reserve` of a captured step. */
  reserve?: { give(buffer: PooledBuffer): void };
}

let serials = 0;

/** A number that no other buffer or picture has. */
export const nextSerial = (): number => serials++;

/** A buffer that kernels may bind. */
export function numbered(gpu: GPUBuffer, size: number, device?: GPUDevice): PooledBuffer {
  return { serial: nextSerial(), gpu, size, device, returns: 0, lost: undefined };
}
