import type { Kernel } from '../../runtime/kernel';
import { kernelFamily } from '../../runtime/kernel-family';
import { fillRegions } from '../../runtime/wgsl/regions';
import { storage } from '../../runtime/wgsl/write';
import gatherSource from '../../shaders/gather.wgsl';
import putSource from '../../shaders/put.wgsl';
import scatterSource from '../../shaders/scatter.wgsl';
import { computedAs } from '../tensor/dtype';
import type { Kernels } from '../tensor/kernels';
import { collapseAxes, formatShape, type Shape, ShapeError, sizeOf, stridesOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { MAX_WALK_AXES, walkWords } from '../tensor/walk';
import { sortedPlaces } from './sort-kernels';

const gatherFloats: Kernel = { name: 'gather', source: gatherSource };
const gatherWords: Kernel = {
  name: 'gather.words',
  source: fillRegions(gatherSource, {
    element: [
      'alias Element = u32;',
      storage(1, 'read_write', 'out', 'u32'),
      storage(2, 'read', 'x', 'u32'),
    ].join('\n'),
  }),
};
const putKernel: Kernel = { name: 'put', source: putSource };

const LAST = `@group(0) @binding(1) var<storage, read_write> out: array<i32>;
alias Found = i32;
fn nothing() -> Found { return -1; }
fn extended(found: Found, j: u32, at: u32) -> Found { return i32(j); }
fn keep(found: Found, at: u32) { out[at] = found; }`;
const scatterKernel = kernelFamily((last: boolean) => ({
  name: last ? 'scatter.last' : 'scatter.sums',
  source: last ? fillRegions(scatterSource, { result: LAST }) : scatterSource,
}));

/** Longer lines of an index are sorted first, so that nobody looks through all of them. */
export const LONG_LINE = 256;

export const withoutAxis = (shape: Shape, axis: number): number[] => shape.filter((_, i) => i !== axis);

/** A walk over several tensors for uniform blocks, innermost axis first. */
interface Walk {
  readonly rank: number;
  readonly lengths: number[];
  /** Of each tensor. */
  readonly steps: number[][];
}

function walk(shape: Shape, strides: readonly (readonly number[])[]): Walk {
  const axes = collapseAxes(shape, strides).reverse();
  if (axes.length > MAX_WALK_AXES) {
    throw new ShapeError(
      `gather: shape ${formatShape(shape)} has too many axes, at most ${MAX_WALK_AXES} are possible`,
    );
  }
  return {
    rank: axes.length,
    lengths: walkWords(axes.map(({ length }) => length)),
    steps: strides.map((_, i) => walkWords(axes.map(({ steps }) => steps[i]))),
  };
}

/** out[i, j, k] = x[i, index[i, j, k], k] for axis 1; `outside` where the index is outside x, of whole numbers 0. */
export function pick(k: Kernels, x: Tensor, axis: number, index: Tensor, outside: number): Tensor {
  const dtype = computedAs(x.dtype);
  const out = k.empty(index.shape, dtype);
  const strides = stridesOf(x.shape);
  const { rank, lengths, steps } = walk(index.shape, [strides.with(axis, 0), stridesOf(index.shape)]);
  k.run(dtype === 'f32' ? gatherFloats : gatherWords, {
    outputs: [out],
    inputs: [x, index],
    uniforms: {
      count: out.size,
      rank,
      axis_length: x.shape[axis],
      axis_step: strides[axis],
      outside: dtype === 'f32' ? outside : 0,
      lengths,
      x_steps: steps[0],
    },
    groups: Math.ceil(out.size / 64),
  });
  return out;
}

/** The inverse of `pick` into zeros, where no line of the index names a place twice. */
export function put(k: Kernels, x: Tensor, axis: number, index: Tensor, shape: Shape): Tensor {
  const out = k.zeros(shape);
  const strides = stridesOf(shape);
  const { rank, lengths, steps } = walk(index.shape, [strides.with(axis, 0), stridesOf(index.shape)]);
  k.run(putKernel, {
    outputs: [out],
    inputs: [x, index],
    uniforms: {
      count: x.size,
      rank,
      axis_length: shape[axis],
      axis_step: strides[axis],
      lengths,
      out_steps: steps[0],
    },
    groups: Math.ceil(x.size / 64),
  });
  return out;
}

/** An index, and the shape that it is read as if it had: one of a single axis is the same for all lines. */
interface Lines {
  readonly index: Tensor;
  readonly axis: number;
  readonly shape: Shape;
}

/** Adds up in `out` what lies in x where the index names a place, or without x finds the last of them. */
function scatter(k: Kernels, out: Tensor, { index, axis, shape }: Lines, x?: Tensor, adding = false): Tensor {
  const others = withoutAxis(shape, axis);
  const line = shape[axis];
  const own =
    index.shape.length === shape.length ? stridesOf(index.shape) : shape.map((_, i) => Number(i === axis));
  const strides = { out: stridesOf(out.shape), index: own, x: x ? stridesOf(x.shape) : shape.map(() => 0) };
  const { rank, lengths, steps } = walk(
    others,
    [strides.out, strides.index, strides.x].map((all) => withoutAxis(all, axis)),
  );
  const isLong = line > LONG_LINE;
  using order = isLong
    ? sortedPlaces(k, index, index.shape.length === shape.length ? axis : 0, false)
    : undefined;
  const count = out.shape[axis] * sizeOf(others);
  k.run(scatterKernel(!x), {
    outputs: [out],
    inputs: [index, order ?? index, ...(x ? [x] : [])],
    uniforms: {
      count,
      others: sizeOf(others),
      rank,
      line,
      out_axis_step: strides.out[axis],
      index_axis_step: strides.index[axis],
      x_axis_step: strides.x[axis],
      lengths,
      out_steps: steps[0],
      index_steps: steps[1],
      x_steps: steps[2],
    },
    groups: Math.ceil(count / 64),
    constants: { SORTED: Number(isLong), ...(x && { ADDING: Number(adding) }) },
  });
  return out;
}

/** Whether an index of a shape reaches every line of a tensor. */
const reachesAll = (shape: Shape, axis: number, of: Shape): boolean =>
  shape.every((length, i) => i === axis || length === of[i]);

/** The gradient of `pick`: Σ_j g[i, j, k] over the j with index[i, j, k] = a, each sum in the order of j. */
export function pickGradient(k: Kernels, g: Tensor, axis: number, index: Tensor, shape: Shape): Tensor {
  const dx = reachesAll(index.shape, axis, shape) ? k.empty(shape) : k.zeros(shape);
  return scatter(k, dx, { index, axis, shape: index.shape }, g);
}

/** Rows of g [N, D] added up where an index [N] names them, each sum in the order of the index. @returns of shape [V, D] */
export const rowGradient = (k: Kernels, g: Tensor, index: Tensor, shape: Shape): Tensor =>
  scatter(k, k.empty(shape), { index, axis: 0, shape: g.shape }, g);

/** x, and where the index names a place what lies in `source` there is added, in the order of the index. */
export function added(k: Kernels, x: Tensor, lines: Lines, source: Tensor): Tensor {
  const out = k.elementwise('x', { x }, { into: k.empty(x.shape) });
  return scatter(k, out, lines, source, true);
}

/** For every place of a tensor of the shape, the last j with index[i, j, k] = a; −1 where there is none. i32. */
export function lastPlaces(k: Kernels, axis: number, index: Tensor, shape: Shape): Tensor {
  const out = k.empty(shape, 'i32');
  if (!reachesAll(index.shape, axis, shape)) k.fill(out, -1);
  return scatter(k, out, { index, axis, shape: index.shape });
}
