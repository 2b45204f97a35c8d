import type { Kernel } from '../../runtime/kernel';
import { fillRegions } from '../../runtime/wgsl/regions';
import { f32Element, LANES_OF_VEC4, storage } from '../../runtime/wgsl/write';
import forwardSource from '../../shaders/softmax.wgsl';
import backwardSource from '../../shaders/softmax_backward.wgsl';
import { aNumber, optional } from '../tensor/guard';
import { singles } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { ShapeError, scalarAxis, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp, type Op } from './define';
import { lanesFor } from './lanes';
import { randn, sample, values } from './sample';

const QUAD = f32Element(true);
const ofEach = (call: (lane: string) => string) => LANES_OF_VEC4.map(call).join(', ');
const FORWARD_IN_FOURS = `${storage(1, 'read_write', 'y', QUAD)}
${storage(2, 'read', 'x', QUAD)}
fn largest_of(four: ${QUAD}) -> f32 { return max(max(four.x, four.y), max(four.z, four.w)); }
fn terms_of(four: ${QUAD}, m: f32) -> vec2<f32> {
  return (exp_term(four.x, m) + exp_term(four.y, m)) + (exp_term(four.z, m) + exp_term(four.w, m));
}
fn powers_of(four: ${QUAD}, m: f32) -> ${QUAD} { return ${QUAD}(${ofEach((lane) => `exp_of_fall(four.${lane}, m)`)}); }`;
const BACKWARD_IN_FOURS = `alias Element = ${QUAD};
${storage(1, 'read_write', 'dx', QUAD)}
${storage(2, 'read', 'g', QUAD)}
${storage(3, 'read', 'y', QUAD)}
fn sum_of(four: ${QUAD}) -> f32 { return (four.x + four.y) + (four.z + four.w); }
fn powers_of(four: ${QUAD}) -> ${QUAD} { return ${QUAD}(${ofEach((lane) => `exp_of(four.${lane})`)}); }`;
/** An element a turn, or four that lie side by side. */
const KERNELS = {
  forward: {
    single: { name: 'softmax.forward', source: forwardSource },
    four: {
      name: 'softmax.forwardQuads',
      source: fillRegions(forwardSource, { elements: FORWARD_IN_FOURS }),
    },
  },
  backward: {
    single: { name: 'softmax.backward', source: backwardSource },
    four: {
      name: 'softmax.backwardQuads',
      source: fillRegions(backwardSource, { elements: BACKWARD_IN_FOURS }),
    },
  },
} as const satisfies Record<string, Record<string, Kernel>>;

/** Shorter rows are read too fast for their kernel to be worth compiling four exponentials. */
const LONG_IN_FOURS = 64;

/** Runs one of the kernels over the rows along an axis. */
function runAlong(
  k: Kernels,
  which: keyof typeof KERNELS,
  { out, inputs, axis, log }: { out: Tensor; inputs: readonly Tensor[]; axis: number; log: boolean },
): void {
  const { shape } = out;
  const length = shape[axis] ?? 1; // of a single number
  const inner = sizeOf(shape.slice(axis + 1));
  const rows = sizeOf(shape) / Math.max(1, length);
  const lanes = lanesFor(rows, length);
  const inFours = inner === 1 && length % 4 === 0 && length >= LONG_IN_FOURS;
  k.run(KERNELS[which][inFours ? 'four' : 'single'], {
    outputs: [out],
    inputs,
    uniforms: { rows, length: inFours ? length / 4 : length, inner },
    groups: Math.ceil((rows * lanes) / 64),
    constants: { LANES: lanes, LOG: log ? 1 : 0 },
  });
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
      runAlong(k, 'forward', { out: y, inputs: [x], axis, log });
      return y;
    },
    backward: (k: Kernels, { grad, output, attrs: { axis } }) => {
      const dx = k.empty(grad.shape);
      runAlong(k, 'backward', { out: dx, inputs: [grad, output], axis, log });
      return [dx];
    },
    samples: () => [
      sample<[Tensor, number?]>('the last axis by default', randn([5, 7])),
      sample<[Tensor, number?]>('a middle axis', randn([2, 5, 3]), 1),
      sample<[Tensor, number?]>('the first axis', randn([4, 3, 2]), 0),
      sample<[Tensor, number?]>('a row longer than a workgroup', randn([3, 131]), -1),
      sample<[Tensor, number?]>('a row in groups of four, a thread each', randn([2, 64])),
      sample<[Tensor, number?]>('a row in groups of four, shared by threads', randn([2, 132])),
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
