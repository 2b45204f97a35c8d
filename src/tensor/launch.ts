import type { Dispatch, Kernel, Launch, Workload } from '../../runtime/kernel';
import type { PooledBuffer } from '../../runtime/pooled-buffer';
import { readingHalf } from '../../runtime/wgsl/half';
import { bytesPerElement, type DType } from './dtype';
import type { Shape } from './shape';

interface Sized {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly size: number;
}

/** Every dispatch is made here, so that all are objects of one form. */
export const dispatchOf = (
  { kernel, constants, written, strips, uniforms, groups, recurs }: Launch,
  buffers: readonly PooledBuffer[],
  workload: Workload | undefined,
): Dispatch => ({ kernel, constants, written, strips, uniforms, groups, recurs, buffers, workload });

/** What a dispatch works on, for the profiler. */
export interface Work {
  readonly outputs: readonly Sized[];
  readonly inputs: readonly Sized[];
  readonly bytes?: number;
  readonly flops?: number;
}

/** The kernel, for inputs some of which may be of f16. */
export function readingHalves(kernel: Kernel, outputs: number, inputs: readonly { dtype: DType }[]): Kernel {
  const halves = inputs.flatMap(({ dtype }, i) => (dtype === 'f16' ? [1 + outputs + i] : []));
  return halves.length > 0 ? readingHalf(kernel, halves) : kernel;
}

/** Where a kernel has a binding that a call does not need, another input is bound once more. It counts once. */
export function workloadOf({ outputs, inputs, flops, bytes }: Work): Workload {
  const read = [...new Set(inputs)];
  const whole = () =>
    [...outputs, ...read].reduce((sum, { size, dtype }) => sum + size * bytesPerElement(dtype), 0);
  const shapes = (tensors: readonly Sized[]) => tensors.map(({ shape }) => shape);
  return { outputs: shapes(outputs), inputs: shapes(read), bytes: bytes ?? whole(), flops };
}
