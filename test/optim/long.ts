import type { Gpu } from '../../src/tensor/gpu';

/** Parameters of a long run. */
const TENSORS = 3;
/** Steps between those after which they are kept. */
export const KEPT = 50;

/** The gradient of a step, or none: that of `long_gradient` in golden/makers/optim.py. */
export function gradientAt(step: number, tensor: number): number[] | undefined {
  if ((tensor === 1 && step < 100) || (tensor === 2 && step % 3 === 2)) return undefined;
  return Array.from({ length: 4 }, (_, i) =>
    step % 7 === 3 ? 0 : (((step * (5 + 2 * i) + 3 * tensor) % 33) - 12) / 64,
  );
}

/** Parameters as they begin, four elements each. */
export const parametersOf = (gpu: Gpu, start: { readonly data: ArrayLike<number> }) =>
  new Map(
    Array.from({ length: TENSORS }, (_, tensor) => {
      const data = Float32Array.from(start.data).slice(4 * tensor, 4 * tensor + 4);
      return [`w${tensor}`, gpu.tensor(data, [4], { requiresGrad: true })] as const;
    }),
  );
