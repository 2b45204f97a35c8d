import type { Kernel } from '../../../runtime/kernel';
import source from '../../../shaders/linear_per_sample.wgsl';
import type { Kernels } from '../../tensor/kernels';
import type { Tensor } from '../../tensor/tensor';

const kernel: Kernel = { name: 'linear.perSample', source };

/** Σ_n (g[q, n]ᵀ · x[q, n])² elementwise, [Q, O, I], for g [Q, N, S, O] and x [Q, N, S, I]. */
export function perSampleProducts(k: Kernels, g: Tensor, x: Tensor): Tensor {
  const [groups, samples, rows, outputs] = g.shape;
  const inputs = x.shape[3];
  const out = k.empty([groups, outputs, inputs]);
  k.run(kernel, {
    outputs: [out],
    inputs: [g, x],
    uniforms: { samples, rows, outputs, inputs, groups },
    groups: Math.ceil((groups * outputs * Math.ceil(inputs / 4)) / 64),
    flops: 2 * groups * samples * rows * outputs * inputs,
  });
  return out;
}
