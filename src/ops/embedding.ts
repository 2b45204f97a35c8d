import { f32, type Kernel } from '../../runtime/kernel';
import forwardSource from '../../shaders/embedding.wgsl';
import backwardSource from '../../shaders/embedding_backward.wgsl';
import type { Kernels } from '../tensor/kernels';
import { formatShape, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { indices, randn, sample } from './sample';

const forwardKernel: Kernel = { name: 'embedding.forward', source: forwardSource };
const backwardKernel: Kernel = { name: 'embedding.backward', source: backwardSource };

/** WGSL cannot spell NaN, so that it comes in as data. */
const NAN = f32(Number.NaN);

/** Sums of g over the places that name each row of `weight`, or the sum over samples of their squares. */
function rowSums(k: Kernels, g: Tensor, places: Tensor, weight: Tensor, perSample: boolean): Tensor {
  const [vocabulary, width] = weight.shape;
  const [samples = 1] = places.shape;
  const sums = k.empty(weight.shape);
  k.run(backwardKernel, {
    outputs: [sums],
    inputs: [g, places],
    uniforms: [vocabulary, width, samples, places.size / Math.max(1, samples)],
    groups: Math.ceil((vocabulary * Math.ceil(width / 4)) / 64),
    constants: { PER_SAMPLE: perSample ? 1 : 0 },
  });
  return sums;
}

/**
 * Rows of a table: out[..., d] = weight[indices[...], d]. An index outside [0, V) gives a row of NaN, since a kernel
 * cannot throw. Per sample, axis 0 of `indices` is the sample.
 * @param indices any shape, i32
 * @param weight [V, D] f32
 * @returns [...indices, D]
 * @throws ShapeError
 */
export const embedding = defineOp({
  name: 'embedding',
  parse: (indices: Tensor, weight: Tensor) => ({ inputs: [indices, weight] as const, attrs: {} }),
  shape: ({ inputs: [indices, weight] }) => {
    if (indices.dtype !== 'i32') {
      throw new ShapeError(`embedding: indices must be i32, got ${indices}; use an Int32Array`);
    }
    if (weight.shape.length !== 2 || weight.dtype !== 'f32') {
      throw new ShapeError(
        `embedding: weight must be f32 [V, D], got ${weight.dtype}${formatShape(weight.shape)}`,
      );
    }
    return [...indices.shape, weight.shape[1]];
  },
  forward: (k, { inputs: [indices, weight], shape }) => {
    const out = k.empty(shape);
    const [vocabulary, width] = weight.shape;
    k.run(forwardKernel, {
      outputs: [out],
      inputs: [indices, weight],
      uniforms: [indices.size, width, vocabulary, NAN],
      groups: Math.ceil((indices.size * Math.ceil(width / 4)) / 64),
    });
    return out;
  },
  backward: (k, { grad, inputs: [indices, weight] }) => [undefined, rowSums(k, grad, indices, weight, false)],
  perSample: (k, { grad, inputs: [indices, weight] }) => [undefined, rowSums(k, grad, indices, weight, true)],
  samples: () => [
    sample<[Tensor, Tensor]>('rows named several times', indices([3, 4], 3), randn([3, 5])),
    sample<[Tensor, Tensor]>('rows never named', indices([2], 9), randn([9, 4])),
    sample<[Tensor, Tensor]>('a single index', indices([], 3), randn([3, 2])),
    sample<[Tensor, Tensor]>('three axes of indices', indices([2, 3, 2], 5), randn([5, 1])),
  ],
});
