import type { Kernel } from '../../runtime/kernel';
import source from '../../shaders/places.wgsl';
import type { Kernels } from '../tensor/kernels';
import type { Tensor } from '../tensor/tensor';

const kernel: Kernel = { name: 'places', source };

/** 0, 1, …, count − 1, i32, made on the GPU: a captured step may not copy data there. */
export function placesOf(k: Kernels, count: number): Tensor {
  const out = k.empty([count], 'i32');
  k.run(kernel, { outputs: [out], inputs: [], uniforms: { count }, groups: Math.ceil(count / 64) });
  return out;
}
