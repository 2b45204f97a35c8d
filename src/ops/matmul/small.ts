import type { Kernel } from '../../../runtime/kernel';
import source from '../../../shaders/matmul_small.wgsl';
import type { Launch, Operand } from './operand';

/** Multiplications that take about as long as a launch. */
const FEW = 2 ** 17;
const COLUMNS = 4;
const THREADS = 8;

const kernel: Kernel = { name: 'matmul.small', source };

/** The kernel for products of few numbers; undefined for larger ones. */
export function smallKernel(a: Operand, b: Operand, k: number, batches: number): Launch | undefined {
  if (a.across * b.across * k * batches > FEW) return undefined;
  const threads = a.across * Math.ceil(b.across / COLUMNS) * batches;
  return { kernel, groups: Math.ceil(threads / THREADS) };
}
