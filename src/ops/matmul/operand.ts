import type { Kernel } from '../../../runtime/kernel';
import type { Strips } from '../../../runtime/pictures';
import type { Shape } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import type { Epilogue } from './epilogue';

/** How a kernel makes a product. */
export interface Launch {
  readonly kernel: Kernel;
  readonly groups: number;
  /** Whether it takes b for a and a for b. */
  readonly exchanged?: boolean;
  /** How it sees the two as textures. */
  readonly strips?: readonly [Strips | undefined, Strips | undefined];
}

/** How an operand is read: four steps of k at once, four rows or columns at once, or one by one. */
export type Reading = 'along k' | 'across k' | 'one by one';

/** An operand of a product as the kernels walk it. */
export interface Operand {
  /** Elements from one step of k to the next, and from one row (of a) or column (of b). */
  readonly kStep: number;
  readonly acrossStep: number;
  readonly across: number;
  readonly batchStep: number;
}

/** vec4 need whole groups of four, both along the axis they lie on and at every start. */
export function readingOf(
  { kStep, acrossStep, across, batchStep }: Operand,
  k: number,
  tile: number,
): Reading {
  if (batchStep % 4 !== 0) return 'one by one';
  if (kStep === 1 && k % 4 === 0 && acrossStep % 4 === 0) return 'along k';
  const whole = acrossStep === 1 && across % 4 === 0 && kStep % 4 === 0;
  return whole && tile % 4 === 0 ? 'across k' : 'one by one';
}

/** A product as the kernels take it. */
export interface Product extends Epilogue {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly operands: readonly [Operand, Operand];
  readonly shape: Shape;
  readonly k: number;
  readonly batches: number;
  readonly squared: boolean;
}
