import type { Kernel } from '../../runtime/kernel';
import embeddingSource from '../../shaders/embedding.wgsl';
import embeddingBackwardSource from '../../shaders/embedding_backward.wgsl';
import { ArgumentError, aNumber, aWholeNumber, optional, options } from '../tensor/guard';
import { places, singles } from '../tensor/guard-tensor';
import { knownValues } from '../tensor/host-values';
import type { Kernels } from '../tensor/kernels';
import { CHAIN } from '../tensor/parts';
import { formatShape, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { positionsLast, samplesOf } from './factors';
import { LONG_LINE, rowGradient } from './lines';
import { placesOf } from './places';
import { indices, randn, sample } from './sample';

const embeddingKernel: Kernel = { name: 'embedding.forward', source: embeddingSource };
const embeddingBackwardKernel: Kernel = { name: 'embedding.backward', source: embeddingBackwardSource };

/** @throws ShapeError unless the tensor can name places */
function checkIndices(op: string, name: string, tensor: Tensor): void {
  if (tensor.dtype === 'i32') return;
  throw new ShapeError(`${op}: ${name} must be i32, got ${tensor}; use an Int32Array`);
}

/** Rows of a sample from which on a running sum adds them up. */
const LONG_ROWS = 512;
/** No row of a table. */
const NO_ROW = 2 ** 32 - 1;

/** Sums of g over the places that name each row of `weight`, or the sum over samples of their squares. */
function rowSums(
  k: Kernels,
  g: Tensor,
  [places, weight]: readonly [Tensor, Tensor],
  padding: number,
  perSample: boolean,
): Tensor {
  const [vocabulary, width] = weight.shape;
  const rows = places.size;
  if (!perSample && rows > LONG_LINE) {
    // A padding row is a place outside of the table.
    const index = k.elementwise(
      `select(place, -1, bitcast<u32>(place) == ${padding}u)`,
      { place: places.alias([rows]) },
      { dtype: 'i32' },
    );
    return rowGradient(k, g.alias([rows, width]), index, weight.shape);
  }
  const samples = perSample ? (places.shape[0] ?? 1) : Math.ceil(rows / CHAIN);
  const length = perSample ? rows / Math.max(1, samples) : CHAIN;
  const sums = k.empty(weight.shape);
  k.run(embeddingBackwardKernel, {
    outputs: [sums],
    inputs: [g, places],
    uniforms: { vocabulary, width, samples, length, rows, padding },
    groups: Math.ceil((vocabulary * Math.ceil(width / 4)) / 64),
    constants: { PER_SAMPLE: Number(perSample), LONG: Number(length > LONG_ROWS) },
  });
  return sums;
}

/** Options of `embedding`. */
export interface EmbeddingOptions {
  /** Row that gets no gradient, as of tokens that only fill up a sequence; a negative one counts from the end. Default: none. */
  readonly paddingIdx?: number;
}

type EmbeddingArgs = [indices: Tensor, weight: Tensor, options?: EmbeddingOptions];

/** The number of the padding row. @throws ShapeError unless the table has it */
function paddingOf({ shape: [vocabulary] }: Tensor, paddingIdx: number | undefined): number {
  if (paddingIdx === undefined || vocabulary === undefined) return NO_ROW;
  if (paddingIdx >= -vocabulary && paddingIdx < vocabulary)
    return paddingIdx < 0 ? paddingIdx + vocabulary : paddingIdx;
  throw new ShapeError(
    `embedding: paddingIdx is ${paddingIdx}, expected a row of the table, from ${-vocabulary} to ${vocabulary - 1}`,
  );
}

/**
 * Rows of a table: out[..., d] = weight[indices[...], d]. An index outside [0, V) gives a row of NaN, since a kernel
 * cannot throw. Per sample, axis 0 of `indices` is the sample; what a row gets at several places of a sample is added up before
 * the square.
 * @param indices any shape, i32
 * @param weight [V, D] f32
 * @returns [...indices, D]
 * @throws ShapeError
 * @example
 * ```ts
 * const table = gpu.tensor([[1, 2], [3, 4]]);
 * ops.embedding(gpu.tensor(Int32Array.of(1, 0, 1)), table); // → [[3, 4], [1, 2], [3, 4]]
 * ```
 */
export const embedding = defineOp({
  name: 'embedding',
  takes: {
    indices: places,
    weight: singles,
    options: optional(options({ paddingIdx: optional(aWholeNumber) })),
  },
  parse: (...[indices, weight, { paddingIdx } = {}]: EmbeddingArgs) => ({
    inputs: [indices, weight] as const,
    attrs: { padding: paddingOf(weight, paddingIdx) },
  }),
  shape: ({ inputs: [indices, weight] }) => {
    checkIndices('embedding', 'indices', indices);
    if (weight.shape.length !== 2 || weight.dtype !== 'f32') {
      throw new ShapeError(`embedding: weight must be f32 [V, D], got ${weight}`);
    }
    return [...indices.shape, weight.shape[1]];
  },
  forward: (k, { inputs: [indices, weight], shape }) => {
    const out = k.empty(shape);
    const [vocabulary, width] = weight.shape;
    k.run(embeddingKernel, {
      outputs: [out],
      inputs: [indices, weight],
      uniforms: { rows: indices.size, width, vocabulary, nan: Number.NaN },
      groups: Math.ceil((indices.size * Math.ceil(width / 4)) / 64),
    });
    return out;
  },
  backward: (k, { grad, inputs, attrs }) => [undefined, rowSums(k, grad, inputs, attrs.padding, false)],
  perSample: (k, { grad, inputs, attrs }) => [undefined, rowSums(k, grad, inputs, attrs.padding, true)],
  // A row of the table is named by a position, or not: the gradient is the product of that with what the row gave.
  factors: (k, { grad, inputs: [indices, weight], attrs: { padding }, needs, range }) => {
    if (!needs[1]) return [undefined, undefined];
    const input = positionsLast(k, grad, range);
    const [samples, , , positions] = input.shape;
    const named = samplesOf(k, indices, range).alias([samples, 1, 1, positions]);
    const rows = placesOf(k, weight.shape[0]).alias([weight.shape[0], 1]);
    const wgsl = `select(0.0, 1.0, (named == row) & (u32(row) != ${padding}u))`;
    const output = k.elementwise(wgsl, { named, row: rows });
    return [undefined, { output, input, rows: 'read' as const }];
  },
  samples: () => [
    sample<EmbeddingArgs>('rows named several times', indices([3, 4], 3), randn([3, 5])),
    sample<EmbeddingArgs>('rows never named', indices([2], 9), randn([9, 4])),
    sample<EmbeddingArgs>('a single index', indices([], 3), randn([3, 2])),
    sample<EmbeddingArgs>('three axes of indices', indices([2, 3, 2], 5), randn([5, 1])),
  ],
});

type OneHotArgs = [labels: Tensor, classes?: number];

/** One more than the largest label. @throws ArgumentError where only the GPU knows the labels, or there are none */
function classesOf(labels: Tensor): number {
  const known = knownValues(labels);
  if (known && known.length > 0) return known.reduce((a, b) => Math.max(a, b)) + 1;
  const why = known ? 'where there are no labels' : 'where only the GPU knows the labels';
  throw new ArgumentError('oneHot', 'classes', 'missing', `a whole number of at least 1 ${why}`);
}

/**
 * 1 at the label and 0 elsewhere, f32, without a gradient; a label outside [0, classes) gives zeros alone.
 * @param labels any shape, i32
 * @param classes left out, or −1 as in PyTorch: one more than the largest label, which the program has to have given itself
 * @returns [...labels, classes]
 * @throws ShapeError
 * @example
 * ```ts
 * ops.oneHot(gpu.tensor(Int32Array.of(2, 0)), 3); // → [[0, 0, 1], [1, 0, 0]]
 * ```
 */
export const oneHot = defineOp({
  name: 'oneHot',
  takes: { labels: places, classes: optional(aNumber) },
  parse: (...[labels, classes = -1]: OneHotArgs) => ({
    inputs: [labels] as const,
    attrs: { classes: classes === -1 ? classesOf(labels) : classes },
  }),
  shape: ({ inputs: [labels], attrs: { classes } }) => {
    checkIndices('oneHot', 'labels', labels);
    if (!Number.isInteger(classes) || classes < 1) {
      throw new ShapeError(
        `oneHot: classes is ${classes} for labels ${formatShape(labels.shape)}, expected a whole number of at least 1`,
      );
    }
    return [...labels.shape, classes];
  },
  forward: (k, { inputs: [labels], attrs: { classes } }) => {
    using column = labels.alias([...labels.shape, 1]);
    using numbers = placesOf(k, classes);
    return k.elementwise('select(0.0, 1.0, label == c)', { label: column, c: numbers });
  },
  samples: () => [
    sample<OneHotArgs>('a list of labels', indices([5], 4), 4),
    sample<OneHotArgs>('two axes of labels', indices([2, 3], 7), 7),
    sample<OneHotArgs>('one class', indices([3], 1), 1),
  ],
});
