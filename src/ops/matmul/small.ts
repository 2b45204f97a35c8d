import type { Kernel } from '../../../runtime/kernel';
import source from '../../../shaders/matmul_small.wgsl';
import type { Launch, Operand } from './operand';

/** Multiplications that take about as long as a launch. */
const FEW = 2 ** 17;
/** Rows and columns of a thread. */
const TILE = 4;
const THREADS = 8;

const kernel: Kernel = { name: 'matmul.small', source };

/** The kernel for products of few numbers; undefined for larger ones, and where tiles would be mostly empty. */
export function smallKernel(a: Operand, b: Operand, k: number, batches: number): Launch | undefined {
  if (Math.min(a.across, b.across) < TILE || a.across * b.across * k * batches > FEW) return undefined;
  const threads = Math.ceil(a.across / TILE) * Math.ceil(b.across / TILE) * batches;
  return { kernel, groups: Math.ceil(threads / THREADS) };
}
