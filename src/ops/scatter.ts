import { aNumber, aWholeNumber, optional } from '../tensor/guard';
import { floats, floatsOrNumber, places } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { formatShape, type Shape, ShapeError, sameShape, scalarAxis, stridesOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { fitsLines, linesOf } from './gather';
import { added, lastPlaces, pick, put } from './lines';
import { indices, integers, randn, sample } from './sample';

type ScatterArgs = [x: Tensor, axis: number, index: Tensor, source: Tensor | number];
type ScatterAddArgs = [x: Tensor, axis: number, index: Tensor, source: Tensor];

/** @throws ShapeError unless the index fits into x along all axes but one, and into the source */
function checkLines(op: string, x: Tensor, axis: number, index: Tensor, source: Tensor | undefined): Shape {
  const reaches = (of: Shape) => index.shape.every((length, i) => length <= (of[i] ?? 1));
  const isEmpty = index.size === 0;
  if (!fitsLines(index.shape, axis, x.shape))
    throw new ShapeError(
      `${op}: index ${formatShape(index.shape)} for x ${formatShape(x.shape)} along axis ${axis}; it needs as many axes, and no longer ones but for axis ${axis}`,
    );
  const sameRank = Math.max(1, source?.shape.length ?? 1) === Math.max(1, index.shape.length);
  if (source && !isEmpty && !(sameRank && reaches(source.shape)))
    throw new ShapeError(
      `${op}: index ${formatShape(index.shape)} for source ${formatShape(source.shape)}; it needs as many axes, and no longer ones`,
    );
  return x.shape;
}

/**
 * x, and at out[i][index[i][j][k]][k] = source[i][j][k] for axis 1, as torch.scatter. Where a place is named often, the last
 * source counts, and it alone has a gradient. An index outside x is passed over.
 * @param x any shape, f32 or f16
 * @param index i32 of x's rank; no longer than x along the other axes, nor than the source along any
 * @param source f32 or f16, or a number
 * @throws ShapeError
 * @example
 * ```ts
 * const index = gpu.tensor(Int32Array.of(2, 0), [2]);
 * ops.scatter(gpu.zeros([3]), 0, index, gpu.tensor([5, 6])); // → [6, 0, 5]
 * ```
 */
export const scatter = defineOp({
  name: 'scatter',
  takes: { x: floats, axis: aWholeNumber, index: places, source: floatsOrNumber },
  parse: (...[x, axis, index, source]: ScatterArgs) => {
    const isNumber = typeof source === 'number';
    return {
      inputs: [x, index, isNumber ? undefined : source] as const,
      attrs: {
        axis: scalarAxis('scatter', axis, x.shape.length),
        scalars: (isNumber ? { value: source } : {}) as Readonly<Record<string, number>>,
      },
    };
  },
  shape: ({ inputs: [x, index, source], attrs: { axis } }) => checkLines('scatter', x, axis, index, source),
  forward: (k, { inputs: [x, index, source], attrs: { axis, scalars }, shape }) => {
    const whole = linesOf(x);
    const last =
      index.size === 0
        ? k.fill(k.empty(whole.shape, 'i32'), -1)
        : lastPlaces(k, axis, linesOf(index), whole.shape);
    const value = source && pick(k, linesOf(source), axis, last, 0);
    const operands = { x: whole, last, ...(value && { value }) };
    const output = k.elementwise('select(x, value, last >= 0)', operands, { scalars }).alias(shape);
    return { output, saved: { last } };
  },
  backward: (k, { grad, inputs: [, , source], attrs: { axis }, saved: { last }, needs }) => {
    const g = linesOf(grad);
    return [
      needs[0] ? k.elementwise('select(g, 0.0, last >= 0)', { g, last }).alias(grad.shape) : undefined,
      undefined,
      source && needs[2] ? put(k, g, axis, last, linesOf(source).shape).alias(source.shape) : undefined,
    ];
  },
  samples: () => [
    sample<ScatterArgs>(
      'places named twice',
      randn([2, 4]),
      1,
      integers([2, 3], [3, 0, 3, 1, 1, 2]),
      randn([2, 3]),
    ),
    sample<ScatterArgs>(
      'a source longer than the index',
      randn([4, 3]),
      0,
      indices([2, 2], 4),
      randn([3, 3]),
    ),
    sample<ScatterArgs>('a number', randn([3, 4]), -1, indices([3, 2], 4), 1.5),
    sample<ScatterArgs>('a long index', randn([2]), 0, indices([300], 2), randn([300])),
  ],
});

/** What was added at places that an index names goes back to where it came from. */
function sourceGradient(k: Kernels, grad: Tensor, axis: number, index: Tensor, source: Shape): Tensor {
  const picked = pick(k, grad, axis, index, 0);
  if (sameShape(index.shape, source)) return picked;
  const walk = { start: 0, strides: stridesOf(source) };
  return k.copy(picked, { start: 0, strides: stridesOf(index.shape) }, k.zeros(source), walk, index.shape);
}

/**
 * x with source[i][j][k] added at [i][index[i][j][k]][k] for axis 1, as torch.scatter_add. What is added at one place is
 * added up in the order of the index: the same bits each time. An index outside x is passed over.
 * @param x any shape, f32 or f16
 * @param index i32 of x's rank; no longer than x along the other axes, nor than the source along any
 * @param source f32 or f16
 * @throws ShapeError
 * @example
 * ```ts
 * const index = gpu.tensor(Int32Array.of(2, 0, 2), [3]);
 * ops.scatterAdd(gpu.zeros([3]), 0, index, gpu.tensor([5, 6, 7])); // → [6, 0, 12]
 * ```
 */
export const scatterAdd = defineOp({
  name: 'scatterAdd',
  takes: { x: floats, axis: aWholeNumber, index: places, source: floats },
  parse: (...[x, axis, index, source]: ScatterAddArgs) => ({
    inputs: [x, index, source] as const,
    attrs: { axis: scalarAxis('scatterAdd', axis, x.shape.length) },
  }),
  shape: ({ inputs: [x, index, source], attrs: { axis } }) =>
    checkLines('scatterAdd', x, axis, index, source),
  forward: (k, { inputs: [x, index, source], attrs: { axis }, shape }) => {
    if (index.size === 0) return k.elementwise('x', { x });
    const whole = linesOf(index);
    return added(k, linesOf(x), { index: whole, axis, shape: whole.shape }, linesOf(source)).alias(shape);
  },
  backward: (k, { grad, inputs: [, index, source], attrs: { axis }, needs }) => {
    const ofSource = () =>
      index.size === 0
        ? k.zeros(source.shape)
        : sourceGradient(k, linesOf(grad), axis, linesOf(index), linesOf(source).shape).alias(source.shape);
    return [grad, undefined, needs[2] ? ofSource() : undefined];
  },
  samples: () => [
    sample<ScatterAddArgs>('places named often', randn([2, 3]), 1, indices([2, 5], 3), randn([2, 5])),
    sample<ScatterAddArgs>(
      'a source longer than the index',
      randn([4, 3]),
      0,
      indices([2, 2], 4),
      randn([3, 3]),
    ),
    sample<ScatterAddArgs>('a long index', randn([3]), 0, indices([300], 3), randn([300])),
  ],
});

type IndexAddArgs = [x: Tensor, axis: number, index: Tensor, source: Tensor, alpha?: number];

/**
 * x with alpha · source[i][j][k] added at [i][index[j]][k] for axis 1, as torch.index_add. What is added at one place is
 * added up in the order of the index: the same bits each time. An index outside x is passed over.
 * @param x any shape, f32 or f16
 * @param index i32 [n]
 * @param source x's shape, but n along the axis
 * @param alpha default 1
 * @throws ShapeError
 * @example
 * ```ts
 * const index = gpu.tensor(Int32Array.of(1, 1), [2]);
 * ops.indexAdd(gpu.zeros([2, 2]), 0, index, gpu.ones([2, 2])); // → [[0, 0], [2, 2]]
 * ```
 */
export const indexAdd = defineOp({
  name: 'indexAdd',
  takes: { x: floats, axis: aWholeNumber, index: places, source: floats, alpha: optional(aNumber) },
  parse: (...[x, axis, index, source, alpha = 1]: IndexAddArgs) => ({
    inputs: [x, index, source] as const,
    attrs: { axis: scalarAxis('indexAdd', axis, x.shape.length), alpha },
  }),
  shape: ({ inputs: [x, index, source], attrs: { axis } }) => {
    const expected = linesOf(x).shape.with(axis, index.size);
    if (index.shape.length > 1 || !sameShape(linesOf(source).shape, expected))
      throw new ShapeError(
        `indexAdd: index ${formatShape(index.shape)} and source ${formatShape(source.shape)} for x ${formatShape(x.shape)} along axis ${axis}; expected index [n] and source ${formatShape(expected)}`,
      );
    return x.shape;
  },
  forward: (k, { inputs: [x, index, source], attrs: { axis, alpha }, shape }) => {
    if (source.size === 0) return k.elementwise('x', { x });
    const whole = linesOf(source);
    using scaled = k.elementwise('alpha * x', { x: whole }, { scalars: { alpha } });
    return added(k, linesOf(x), { index: linesOf(index), axis, shape: whole.shape }, scaled).alias(shape);
  },
  backward: (k, { grad, inputs: [, index, source], attrs: { axis, alpha }, needs }) => {
    if (!needs[2]) return [grad, undefined, undefined];
    if (source.size === 0) return [grad, undefined, k.zeros(source.shape)];
    const { shape } = linesOf(source);
    const line = index.alias(shape.map((length, i) => (i === axis ? length : 1)));
    const everywhere = k.elementwise('index', { index: line }, { shape, dtype: 'i32' });
    const picked = pick(k, linesOf(grad), axis, everywhere, 0).alias(source.shape);
    return [grad, undefined, k.elementwise('alpha * g', { g: picked }, { scalars: { alpha } })];
  },
  samples: () => [
    sample<IndexAddArgs>('rows named often', randn([3, 4]), 0, indices([5], 3), randn([5, 4])),
    sample<IndexAddArgs>(
      'a middle axis, scaled',
      randn([2, 3, 2]),
      1,
      indices([2], 3),
      randn([2, 2, 2]),
      -0.5,
    ),
    sample<IndexAddArgs>('a long index', randn([2, 3]), -1, indices([300], 3), randn([2, 300])),
  ],
});
