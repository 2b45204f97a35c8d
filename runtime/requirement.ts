import type { PooledBuffer } from './pooled-buffer';

/** A buffer that a replay needs as it was. */
export interface Requirement {
  readonly buffer: PooledBuffer;
  /** Times it had been returned to the pool. */
  readonly returns: number;
  /** What is wrong once it was returned again. */
  readonly otherwise: string;
}

export const isMet = ({ buffer, returns }: Requirement): boolean => buffer.returns === returns;
