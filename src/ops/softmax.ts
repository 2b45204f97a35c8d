import type { Kernel } from '../../runtime/kernel';
import forwardSource from '../../shaders/softmax.wgsl';
import backwardSource from '../../shaders/softmax_backward.wgsl';
import { aNumber, optional } from '../tensor/guard';
import { singles } from '../tensor/guard-tensor';
import type { Kernels, Run } from '../tensor/kernels';
import { type Shape, ShapeError, scalarAxis, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp, type Op } from './define';
import { randn, sample, values } from './sample';

const forwardKernel: Kernel = { name: 'softmax.forward', source: forwardSource };
const backwardKernel: Kernel = { name: 'softmax.backward', source: backwardSource };

const MANY_ROWS = 4096;
const SHORT_ROW = 64;

/** How many threads of a workgroup of 64 share a row: one, or all where one for each row would leave the machine idle. */
export const lanesFor = (rows: number, length: number): number =>
  rows >= MANY_ROWS || length <= SHORT_ROW ? 1 : 64;

function alongAxis(shape: Shape, axis: number, log: boolean): Pick<Run, 'uniforms' | 'groups' | 'constants'> {
  const length = shape[axis] ?? 1; // of a single number
  const inner = sizeOf(shape.slice(axis + 1));
  const rows = sizeOf(shape) / Math.max(1, length);
  const lanes = lanesFor(rows, length);
  return {
    uniforms: { rows, length, inner },
    groups: Math.ceil((rows * lanes) / 64),
    constants: { LANES: lanes, LOG: log ? 1 : 0 },
  };
}

function defineSoftmax(name: string, log: boolean): Op<[x: Tensor, axis?: number]> {
  return defineOp({
    name,
    takes: { x: singles, axis: optional(aNumber) },
    parse: (x: Tensor, axis = -1) => ({
      inputs: [x] as const,
      attrs: { axis: scalarAxis(name, axis, x.shape.length) },
    }),
    shape: ({ inputs: [x] }) => {
      if (x.dtype !== 'f32') throw new ShapeError(`${name}: x must be f32, got ${x}`);
      return x.shape;
    },
    forward: (k, { inputs: [x], attrs: { axis }, shape }) => {
      const y = k.empty(shape);
      k.run(forwardKernel, { outputs: [y], inputs: [x], ...alongAxis(shape, axis, log) });
      return y;
    },
    backward: (k: Kernels, { grad, output, attrs: { axis } }) => {
      const dx = k.empty(grad.shape);
      k.run(backwardKernel, { outputs: [dx], inputs: [grad, output], ...alongAxis(grad.shape, axis, log) });
      return [dx];
    },
    samples: () => [
      sample<[Tensor, number?]>('the last axis by default', randn([5, 7])),
      sample<[Tensor, number?]>('a middle axis', randn([2, 5, 3]), 1),
      sample<[Tensor, number?]>('the first axis', randn([4, 3, 2]), 0),
      sample<[Tensor, number?]>('a row longer than a workgroup', randn([3, 131]), -1),
      sample<[Tensor, number?]>('a long row along a middle axis', randn([2, 70, 3]), -2),
      sample<[Tensor, number?]>('one element', randn([1, 1])),
      sample<[Tensor, number?]>('large values', values([2, 3], [900, 901, 899.5, -1000, -1001, -990])),
    ],
  });
}

/**
 * eˣ / Σ eˣ along an axis, shifted by the maximum so that it cannot overflow. x: any shape, f32; a single number has
 * one axis.
 * @example
 * ```ts
 * ops.softmax(gpu.tensor([[0, Math.log(3)]])); // → [[0.25, 0.75]]
 * ```
 */
export const softmax = defineSoftmax('softmax', false);

/**
 * x − log Σ eˣ along an axis, shifted by the maximum so that it cannot overflow. x: any shape, f32; a single number has
 * one axis.
 * @example
 * ```ts
 * ops.logSoftmax(gpu.tensor([[0, 0]])); // → [[-0.693, -0.693]]
 * ```
 */
export const logSoftmax = defineSoftmax('logSoftmax', true);
