import type { Tensor } from './tensor';

/** Whether kernels can see these tensors as textures; see runtime/pictures.ts. */
export const canBeShown = (...tensors: readonly Tensor[]): boolean =>
  tensors.every(({ dtype, size, gpu }) => dtype === 'f32' && gpu.runtime.shows(4 * size));

/** What copying into textures costs on lavapipe, in operations that are saved by reading them: each time, and a byte. */
const OPERATIONS_EACH_TIME = 6e6;
const OPERATIONS_A_BYTE = 10;

/** Whether it pays that a kernel of so many operations sees these tensors as textures. */
export const areShown = (flops: number, ...tensors: readonly Tensor[]): boolean => {
  const bytes = tensors.reduce((sum, { size }) => sum + 4 * size, 0);
  return flops >= OPERATIONS_EACH_TIME + OPERATIONS_A_BYTE * bytes && canBeShown(...tensors);
};
