import type { Kernel } from '../../runtime/kernel';
import { kernelFamily } from '../../runtime/kernel-family';
import type { Varying } from '../../runtime/varying';
import { knowSnippets } from '../../runtime/wgsl/imports';
import { fillRegions } from '../../runtime/wgsl/regions';
import { constant, storage } from '../../runtime/wgsl/write';
import forwardSource from '../../shaders/attention.wgsl';
import backwardSource from '../../shaders/attention_backward.wgsl';
import maskSource from '../../shaders/attention_mask_backward.wgsl';
import attention from '../../shaders/snippets/attention.wgsl';
import type { Kernels, Run } from '../tensor/kernels';
import { broadcastStrides, collapseAxes, type Shape, ShapeError, sizeOf, stridesOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { MAX_WALK_AXES, walkWords } from '../tensor/walk';

knowSnippets({ attention });

/** Groups of four that a thread keeps of a row, and sums up: more would not stay in registers. */
const MOST_KEPT = 32;
const MOST_KEPT_BACKWARD = 16;
const MOST_COLUMNS = 16;

export interface Dropping {
  readonly p: number;
  readonly seed: Varying;
  readonly stream: Varying;
  readonly offset: Varying;
}

/** Queries, keys and values. */
export type Inputs = readonly [q: Tensor, k: Tensor, v: Tensor];

/** What attention depends on beside queries, keys and values. */
export interface Setting {
  /** Batch axes of the result. */
  readonly batch: Shape;
  /** i32 flags, or f32 or f16 that is added; broadcasts to [...batch, L, S]. */
  readonly mask?: Tensor;
  readonly causal: boolean;
  readonly scale: number;
  readonly dropping?: Dropping;
}

/** Batch axes are one, and widths whole groups: [B, L, 4 width], [B, S, 4 width], [B, S, 4 columns]. */
interface Laid {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
}

type MaskKind = 'none' | 'flags' | 'added';

const kindOf = ({ mask }: Setting): MaskKind => (mask ? (mask.dtype === 'i32' ? 'flags' : 'added') : 'none');

/** Lines for the region of the mask, bound last. A key whose mask is −infinity is not seen. */
const maskRegion = (kind: MaskKind, binding: number): Record<string, string> =>
  ({
    none: {},
    flags: {
      mask: `${storage(binding, 'read', 'mask', 'i32')}
fn is_seen(at: u32) -> bool { return mask[at] != 0; }
fn added(at: u32) -> f32 { return 0.0; }`,
    },
    added: {
      mask: `${storage(binding, 'read', 'mask', 'f32')}
fn is_seen(at: u32) -> bool { return bitcast<u32>(mask[at]) != 0xff800000u; }
fn added(at: u32) -> f32 { return mask[at]; }`,
    },
  })[kind];

const READ_QUERY = `var<private> query_start: u32;
fn load(start: u32) { query_start = start; }
fn product(key: u32) -> vec4<f32> {
  var sum = vec4<f32>();
  for (var e = 0u; e < params.width; e++) { sum = fma(q[query_start + e], k[key + e], sum); }
  return sum;
}`;
const READ_ROWS = `var<private> row_start: u32;
var<private> side_start: u32;
fn load(start: u32, second: u32) { row_start = start; side_start = second; }
fn product(at: u32) -> vec4<f32> {
  var sum = vec4<f32>();
  for (var e = 0u; e < params.width; e++) { sum = fma(own[row_start + e], other[at + e], sum); }
  return sum;
}
fn side_product(at: u32) -> vec4<f32> {
  var sum = vec4<f32>();
  for (var e = 0u; e < params.columns; e++) { sum = fma(own_side[side_start + e], other_side[at + e], sum); }
  return sum;
}`;

/** In groups of four. Widths of 0 are not kept in registers. */
interface Form {
  readonly width: number;
  readonly side: number;
  readonly columns: number;
  readonly mask: MaskKind;
}

const forwardKernel = kernelFamily(({ width, columns, mask }: Form): Kernel => {
  const size = [constant('WIDTH', Math.max(1, width)), constant('COLUMNS', columns)].join('\n');
  return {
    name: 'attention.forward',
    source: fillRegions(forwardSource, {
      ...maskRegion(mask, 6),
      size,
      ...(width === 0 && { query: READ_QUERY }),
    }),
  };
});
const backwardKernel = kernelFamily(({ width, side, columns, mask }: Form): Kernel => {
  const sizes = { WIDTH: Math.max(1, width), SIDE: Math.max(1, side), COLUMNS: columns };
  const size = Object.entries(sizes).map(([name, value]) => constant(name, value));
  return {
    name: 'attention.backward',
    source: fillRegions(backwardSource, {
      ...maskRegion(mask, 8),
      size: size.join('\n'),
      ...(width === 0 && { rows: READ_ROWS }),
    }),
  };
});
const maskKernel = kernelFamily(
  (mask: MaskKind): Kernel => ({
    name: 'attention.maskBackward',
    source: fillRegions(maskSource, maskRegion(mask, 8)),
  }),
);

/** Threads go over so many shares of a row, each of so many groups of four. */
function sharesOf(features: number): { readonly chunks: number; readonly columns: number } {
  const quads = Math.ceil(features / 4);
  const chunks = Math.max(1, Math.ceil(quads / MOST_COLUMNS));
  return { chunks, columns: Math.max(1, Math.ceil(quads / chunks)) };
}

/** x as [B, rows, features], batch axes repeated where need be. */
export function repeated(k: Kernels, x: Tensor, batch: Shape): Tensor {
  const wide = [...batch, ...x.shape.slice(-2)];
  const out = [sizeOf(batch), ...x.shape.slice(-2)];
  return (x.size === sizeOf(wide) ? x : k.elementwise('x', { x }, { shape: wide })).alias(out);
}

/** x as [B, rows, whole shares], features filled up with zeros where need be. */
function laid(k: Kernels, x: Tensor, batch: Shape): Tensor {
  const wide = repeated(k, x, batch);
  const { chunks, columns } = sharesOf(wide.shape[2]);
  const shape = [...wide.shape.slice(0, 2), 4 * chunks * columns];
  if (shape[2] === wide.shape[2]) return wide;
  const [from, to] = [wide.shape, shape].map((own) => ({ start: 0, strides: stridesOf(own) }));
  return k.copy(wide, from, k.zeros(shape), to, wide.shape);
}

/** The first features of [B, rows, width], summed to the shape of an input. */
function narrowed(k: Kernels, x: Tensor, batch: Shape, shape: Shape): Tensor {
  const [rows, features] = shape.slice(-2);
  const wide = [...batch, rows, features];
  if (x.shape[2] === features) return k.sumTo(x.alias(wide), shape);
  const box = [sizeOf(batch), rows, features];
  const out = k.empty(box);
  k.copy(x, { start: 0, strides: stridesOf(x.shape) }, out, { start: 0, strides: stridesOf(box) }, box);
  return k.sumTo(out.alias(wide), shape);
}

/** The uniform block and the constants of every kernel, but for tiles and chunks. */
function settled({ q, k, v }: Laid, setting: Setting): Pick<Run, 'uniforms' | 'constants'> {
  const { batch, mask, causal, scale, dropping } = setting;
  const [batches, queries, features] = q.shape;
  const keys = k.shape[1];
  const strides = broadcastStrides(mask?.shape ?? [], [...batch, queries, keys]);
  const axes = collapseAxes(batch, [strides.slice(0, -2)]).reverse();
  if (axes.length > MAX_WALK_AXES)
    throw new ShapeError(
      `scaledDotProductAttention: the mask has ${axes.length} batch axes that cannot be merged, at most ${MAX_WALK_AXES} are possible`,
    );
  const [maskQuery, maskKey] = strides.slice(-2);
  return {
    uniforms: {
      batches,
      queries,
      keys,
      width: features / 4,
      columns: v.shape[2] / 4,
      tiles: 1,
      chunks: 1,
      scale,
      mask_rank: axes.length,
      mask_query: maskQuery,
      mask_key: maskKey,
      mask_lengths: walkWords(axes.map(({ length }) => length)),
      mask_steps: walkWords(axes.map(({ steps }) => steps[0])),
      seed: dropping?.seed ?? 0,
      stream: dropping?.stream ?? 0,
      offset: dropping?.offset ?? 0,
      p: dropping?.p ?? 0,
    },
    constants: { CAUSAL: Number(causal), DROPOUT: Number(!!dropping) },
  };
}

/** Of a thread a row and a share of its features. */
function walk(rows: number, batches: number, features: number) {
  const { chunks, columns } = sharesOf(features);
  const tiles = Math.ceil(rows / 64);
  return { columns, uniforms: { tiles, chunks }, groups: batches * tiles * chunks };
}

const listed = ({ mask }: Setting): Tensor[] => (mask ? [mask] : []);

/** softmax(scale q kᵀ + mask) v [...batch, L, Ev], and the logarithm of each query's sum [B, L]. */
export function attend(k: Kernels, inputs: Inputs, setting: Setting): { output: Tensor; lse: Tensor } {
  const [q, keys, v] = inputs.map((x) => laid(k, x, setting.batch));
  const [batches, queries, features] = q.shape;
  const out = k.empty([batches, queries, v.shape[2]]);
  const lse = k.empty([batches, queries]);
  const shared = settled({ q, k: keys, v }, setting);
  const { columns, uniforms, groups } = walk(queries, batches, v.shape[2]);
  const width = features / 4 <= MOST_KEPT ? features / 4 : 0;
  k.run(forwardKernel({ width, side: 0, columns, mask: kindOf(setting) }), {
    outputs: [out, lse],
    inputs: [q, keys, v, ...listed(setting)],
    uniforms: { ...shared.uniforms, ...uniforms },
    groups,
    constants: shared.constants,
    flops: 2 * batches * queries * keys.shape[1] * (features + v.shape[2]),
  });
  const wanted = [...setting.batch, queries, inputs[2].shape[inputs[2].shape.length - 1]];
  return { output: narrowed(k, out, setting.batch, wanted), lse };
}

export interface Attended {
  readonly inputs: Inputs;
  readonly grad: Tensor;
  readonly output: Tensor;
  readonly lse: Tensor;
}

/** Gradients of queries, keys, values and mask that are asked for. */
export function attentionGradients(
  k: Kernels,
  { inputs, grad, output, lse }: Attended,
  setting: Setting,
  needs: readonly boolean[],
): (Tensor | undefined)[] {
  const [q, keys, v] = inputs.map((x) => laid(k, x, setting.batch));
  const g = laid(k, grad, setting.batch);
  const products = k.elementwise('g * y', { g: grad, y: output });
  const delta = k.reduce('sum', products, [products.shape.length - 1]).alias(lse.shape);
  const shared = settled({ q, k: keys, v }, setting);
  const [width, side] = [q.shape[2] / 4, v.shape[2] / 4];
  const isKept = Math.max(width, side) <= MOST_KEPT_BACKWARD;
  const gradient = (of: 0 | 1 | 2): Tensor | undefined => {
    if (!needs[of]) return undefined;
    const [own, other, ownSide, otherSide] = of === 0 ? [q, keys, g, v] : [keys, q, v, g];
    const like = of === 2 ? v : own;
    const out = k.empty(like.shape);
    const [batches, rows, features] = like.shape;
    const { columns, uniforms, groups } = walk(rows, batches, features);
    const form = { width: isKept ? width : 0, side: isKept ? side : 0, columns, mask: kindOf(setting) };
    k.run(backwardKernel(form), {
      outputs: [out],
      inputs: [own, other, ownSide, otherSide, lse, delta, ...listed(setting)],
      uniforms: { ...shared.uniforms, ...uniforms },
      groups,
      constants: { ...shared.constants, QUERY: Number(of === 0), VALUE: Number(of === 2) },
      flops: 2 * batches * rows * other.shape[1] * (q.shape[2] + features + (of === 2 ? 0 : v.shape[2])),
    });
    return narrowed(k, out, setting.batch, inputs[of].shape);
  };
  const ofMask = (): Tensor | undefined => {
    const { mask, batch } = setting;
    if (!mask || !needs[3]) return undefined;
    const wide = k.empty([...batch, q.shape[1], keys.shape[1]]);
    k.run(maskKernel(kindOf(setting)), {
      outputs: [wide],
      inputs: [q, keys, g, v, lse, delta, mask],
      ...shared,
      groups: Math.ceil(wide.size / 64),
    });
    return k.sumTo(wide, mask.shape);
  };
  return [gradient(0), gradient(1), gradient(2), ofMask()];
}
