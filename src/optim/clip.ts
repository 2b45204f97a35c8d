import { kernelFamily } from '../../runtime/kernel-family';
import { tagged } from '../../runtime/tags';
import { fillRegions } from '../../runtime/wgsl/regions';
import { f32Element, range, storage } from '../../runtime/wgsl/write';
import normSource from '../../shaders/grad_norm.wgsl';
import mergeSource from '../../shaders/grad_norm_merge.wgsl';
import scaleSource from '../../shaders/grad_scale.wgsl';
import { ArgumentError, aNumber, checkAll, optional, options, shown } from '../tensor/guard';
import { singles } from '../tensor/guard-tensor';
import { changing } from '../tensor/storage';
import { Tensor } from '../tensor/tensor';
import { OptimizerError } from './guard';
import { byTensor, launches, placeMembers, placesOf } from './launch';

/** Elements of which a workgroup finds a part of the norm, and that it scales. */
const PER_PART = 4096;
const PER_GROUP = 256;

/** Options of `clipGradNorm`. */
export interface ClipOptions {
  /** The norm's order, above 0; 1 and Infinity are usual, too. Default 2. */
  readonly normType?: number;
}

const clipOptions = options({ normType: optional(aNumber) });

/** Powers of any order take long to compile, and are seldom asked for. */
const ANY_POWER = `//#import exponential
//#import math
fn power_of(x: f32) -> f32 { return power_of_size(x, params.order); }`;
const ANY_ROOT = `${ANY_POWER}
fn root_of(total: f32) -> f32 { return power_of_size(total, params.inverse); }`;

const normOf = kernelFamily(({ tensors, isAny }: { tensors: number; isAny: boolean }) => ({
  name: `gradNorm.${tensors}`,
  source: fillRegions(normSource, {
    tensors: normRegion(tensors),
    ...(isAny && { power: ANY_POWER }),
  }),
}));
const mergeOf = kernelFamily(({ isAny }: { isAny: boolean }) => ({
  name: 'gradNorm.merge',
  source: fillRegions(mergeSource, isAny ? { power: ANY_ROOT } : {}),
}));
const scaleBy = kernelFamily(({ tensors }: { tensors: number }) => ({
  name: `gradScale.${tensors}`,
  source: fillRegions(scaleSource, { tensors: scaleRegion(tensors) }),
}));

/**
 * Scales gradients in place so that the norm of all of them together is at most `maxNorm`, as torch.nn.utils.clip_grad_norm_:
 * by min(1, maxNorm / (norm + 1e-6)). Call it between `backward` and `step`. Nothing waits for the GPU, and a captured step
 * may have it.
 * @param parameters by their names, as `net.parameters()`, a list of them, or one; those without a gradient count nothing
 * @param maxNorm at least 0; Infinity leaves gradients as they are
 * @returns the norm before, of shape []; NaN where a gradient is, and then all gradients are NaN
 * @throws ArgumentError, DTypeError, DeviceError; OptimizerError on a negative norm, or an order that is not above 0
 *
 * @example
 * ```ts
 * const w = gpu.tensor([1.5, -2], { requiresGrad: true });
 * backward(ops.sum(ops.mul(w, w)));
 * optim.clipGradNorm([w], 1); // → 5
 * w.grad; // → [0.60, -0.80]
 * ```
 */
export function clipGradNorm(
  parameters: ReadonlyMap<string, Tensor> | Iterable<Tensor> | Tensor,
  maxNorm: number,
  options: ClipOptions = {},
): Tensor {
  checkAll('clipGradNorm', { maxNorm: [maxNorm, aNumber], options: [options, clipOptions] });
  const { normType = 2 } = options;
  if (!(maxNorm >= 0))
    throw new OptimizerError(`clipGradNorm: maxNorm is ${maxNorm}, expected a number of at least 0`);
  if (!(normType > 0))
    throw new OptimizerError(`clipGradNorm: normType is ${normType}, expected a number above 0`);
  const learnt = listOf(parameters);
  const grads = learnt.flatMap(({ grad }) => (grad && grad.size > 0 ? [grad] : []));
  const call = { op: 'clipGradNorm' };
  for (const [i, grad] of grads.entries()) singles(call, `gradient ${i}`, grad);
  const [{ gpu }] = learnt;
  if (grads.length === 0) return gpu.zeros([]);
  return tagged('clipGradNorm', { phase: 'optimiser', op: 'clipGradNorm' }, () =>
    changing('clipGradNorm()', () => {
      const { norm, factor } = measured(grads, maxNorm, normType);
      if (maxNorm < Infinity) scale(grads, factor);
      factor.dispose();
      return norm;
    }),
  );
}

/** @throws ArgumentError unless these are tensors, one at least */
function listOf(parameters: ReadonlyMap<string, Tensor> | Iterable<Tensor> | Tensor): readonly Tensor[] {
  const isList = typeof parameters === 'object' && parameters !== null && Symbol.iterator in parameters;
  const found = isList ? [...(parameters instanceof Map ? parameters.values() : parameters)] : [parameters];
  const known = found.filter((one) => one instanceof Tensor);
  if (known.length === found.length && known.length > 0) return known;
  throw new ArgumentError(
    'clipGradNorm',
    'parameters',
    shown(parameters),
    'tensors, such as net.parameters() or [w, b]',
  );
}

/** An order of the shaders that has no short form. */
const ANY = 3;
/** How the shaders call an order: 0 for ∞. */
function orderOf(normType: number): number {
  if (normType === Infinity) return 0;
  return normType === 1 || normType === 2 ? normType : ANY;
}

function measured(
  grads: readonly Tensor[],
  maxNorm: number,
  normType: number,
): { norm: Tensor; factor: Tensor } {
  const [{ gpu }] = grads;
  const constants = { ORDER: orderOf(normType) };
  const isAny = constants.ORDER === ANY;
  const order = normType === Infinity ? 0 : normType;
  const { groups: count } = placesOf(grads, PER_PART);
  const [norm, factor] = [gpu.make([], 'f32'), gpu.make([1], 'f32')];
  using partials = gpu.make([count, 2], 'u32');
  let first = 0;
  for (const some of launches(gpu, grads, 1, 1)) {
    const { places, groups } = placesOf(some, PER_PART);
    gpu.kernels.run(normOf({ tensors: some.length, isAny }), {
      outputs: [partials],
      inputs: some,
      uniforms: { order, first, ...places },
      groups,
      constants,
    });
    first += groups;
  }
  gpu.kernels.run(mergeOf({ isAny }), {
    outputs: [norm, factor],
    inputs: [partials],
    uniforms: { count, order, inverse: order === 0 ? 0 : 1 / order, most: Math.min(maxNorm, 3e38) },
    groups: 1,
    constants,
  });
  return { norm, factor };
}

/** Gradients may be views of one another: each storage is scaled once. */
function scale(grads: readonly Tensor[], factor: Tensor): void {
  const { gpu } = factor;
  const once = [...new Map(grads.map((grad) => [grad.storage, grad])).values()];
  for (const some of launches(gpu, once, 1, 1)) {
    const { places, groups } = placesOf(some, PER_GROUP);
    gpu.kernels.run(scaleBy({ tensors: some.length }), {
      outputs: some,
      inputs: [factor],
      uniforms: places,
      groups,
    });
  }
}

function normRegion(count: number): string {
  const tensors = range(count);
  return [
    `struct Params { order: f32, first: u32, ${placeMembers(count)} }`,
    '@group(0) @binding(0) var<uniform> params: Params;',
    storage(1, 'read_write', 'partials', 'vec2<u32>'),
    ...tensors.map((k) => storage(2 + k, 'read', `x_${k}`, f32Element(true))),
    'fn place_of(group: u32) -> Place {',
    ...tensors
      .slice(1)
      .toReversed()
      .map(
        (k) =>
          `  if (group >= params.first_${k}) { return Place(${k}u, params.first_${k}, params.count_${k}); }`,
      ),
    '  return Place(0u, params.first_0, params.count_0);',
    '}',
    'fn four(tensor: u32, t: u32) -> vec4<f32> {',
    '  switch tensor {',
    ...tensors.slice(1).map((k) => `    case ${k}u: { return x_${k}[t]; }`),
    '    default: { return x_0[t]; }',
    '  }',
    '}',
  ].join('\n');
}

function scaleRegion(count: number): string {
  const body = (k: number) => [
    `    let t = (group - params.first_${k}) * 64u + local;`,
    `    if (4u * t >= params.count_${k}) { return; }`,
    `    x_${k}[t] = x_${k}[t] * factor[0];`,
  ];
  return [
    `struct Params { ${placeMembers(count)} }`,
    '@group(0) @binding(0) var<uniform> params: Params;',
    ...range(count).map((k) => storage(1 + k, 'read_write', `x_${k}`, f32Element(true))),
    storage(1 + count, 'read', 'factor', 'f32'),
    'fn update(group: u32, local: u32) {',
    ...byTensor(count, body),
    '}',
  ].join('\n');
}
