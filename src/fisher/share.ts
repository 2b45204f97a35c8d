import { aNumber, checkAll } from '../tensor/guard';
import type { Tensor } from '../tensor/tensor';
import { FisherError } from './errors';
import { aFisher } from './guard';

/**
 * Share of a Fisher's entries that are below ε, from 0 to 1. For those the log-det distance sees little but its ε: where it
 * is large, another ε may put tasks in another order. NaN is not below.
 * @param F normalised
 * @throws FisherError on a Fisher without entries
 * @example
 * ```ts
 * await fisher.shareBelow(new Map([['w', gpu.tensor([0.5, 1e-8, 0.5, 0])]]), 1e-6); // → 0.5
 * ```
 */
export async function shareBelow(F: ReadonlyMap<string, Tensor>, epsilon: number): Promise<number> {
  checkAll('shareBelow', { F: [F, aFisher], epsilon: [epsilon, aNumber] });
  const tensors = [...F.values()];
  const entries = tensors.reduce((sum, { size }) => sum + size, 0);
  if (entries === 0) throw new FisherError('shareBelow: the Fisher has no entries');
  const { gpu } = tensors[0];
  const { kernels: k } = gpu;
  using total = gpu.scope(() =>
    tensors
      .map((x) => {
        const isBelow = k.elementwise('select(0.0, 1.0, x < epsilon)', { x }, { scalars: { epsilon } });
        return k.reduce(
          'sum',
          isBelow,
          x.shape.map((_, axis) => axis),
        );
      })
      .reduce((sum, part) => k.elementwise('sum + part', { sum, part })),
  );
  return (await total.item()) / entries;
}
