import type { Kernel } from '../../runtime/kernel';
import source from '../../shaders/fisher_sums.wgsl';
import { checkAll } from '../tensor/guard';
import type { Tensor } from '../tensor/tensor';
import type { Diagonal } from './diagonal';
import { FisherError } from './errors';
import { aFisher } from './guard';

const kernel: Kernel = { name: 'fisher.sums', source };
/** Elements that a workgroup of the Fisher kernels takes. */
export const GROUP_ELEMENTS = 2048;

/** Where each tensor's workgroups start when all of them write into one tensor, and how many there are. */
export function placeGroups(sizes: readonly number[]): {
  places: { first: number; groups: number }[];
  total: number;
} {
  let total = 0;
  const places = sizes.map((size) => {
    const first = total;
    const groups = Math.ceil(size / GROUP_ELEMENTS);
    total += groups;
    return { first, groups };
  });
  return { places, total };
}

/**
 * Scales a Fisher so that its sum over the whole network is 1, without waiting for the GPU. One that is all zero or not
 * finite becomes NaN, which the distances report.
 * @returns new tensors; those given are left as they are
 * @throws FisherError on an empty map
 * @example
 * ```ts
 * fisher.normalize(new Map([['w', gpu.tensor([1, 3])]])).get('w'); // → [0.25, 0.75]
 * ```
 */
export function normalize(F: ReadonlyMap<string, Tensor>): Diagonal {
  checkAll('normalize', { F: [F, aFisher] });
  const tensors = [...F.values()];
  if (tensors.length === 0) throw new FisherError('normalize: the Fisher has no tensors');
  const { gpu } = tensors[0];
  const { kernels: k } = gpu;
  return gpu.scope(() => {
    const { places, total } = placeGroups(tensors.map(({ size }) => size));
    const partials = k.empty([total]);
    tensors.forEach((x, i) => {
      const { first, groups } = places[i];
      k.run(kernel, { outputs: [partials], inputs: [x], uniforms: { count: x.size, first }, groups });
    });
    const sum = k.reduce('sum', partials, [0]);
    return new Map([...F].map(([name, x]) => [name, k.elementwise('x / sum', { x, sum })]));
  });
}
