import { computedAs } from '../tensor/dtype';
import type { Gpu } from '../tensor/gpu';
import { ArgumentError, type Check, kind } from '../tensor/guard';
import { formatShape, type Shape, stridesOf } from '../tensor/shape';
import { Tensor } from '../tensor/tensor';
import type { Twice } from './translate';

/**
 * What goes into a network: a tensor, or the shape of an f32 one, by the names that the file has for them, in the order of
 * `forward`'s arguments. A tensor by itself is called 'input'.
 */
export type OnnxSample = Tensor | Readonly<Record<string, Tensor | Shape>>;

type Named = readonly [name: string, given: Tensor | Shape];

const isShape = (value: unknown): boolean =>
  Array.isArray(value) && value.every((length) => Number.isInteger(length) && length > 0);
const isNamed = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).length > 0 &&
  Object.values(value).every((given) => given instanceof Tensor || isShape(given));

export const aSample: Check = kind(
  'a tensor, or tensors or shapes by their names, such as { input: [1, 3, 32, 32] }',
  (value) => value instanceof Tensor || isNamed(value),
);

export const namedSample = (sample: OnnxSample): Named[] =>
  sample instanceof Tensor ? [['input', sample]] : Object.entries(sample);

/** The GPU of a sample. */
export const gpuOf = (named: readonly Named[]): Gpu | undefined =>
  named.flatMap(([, given]) => (given instanceof Tensor ? [given.gpu] : []))[0];

/**
 * What the two forward passes are given. Numbers are others in the second one, which has one sample more unless the batch
 * is fixed. Whole numbers, which may name places, are repeated.
 * @throws ArgumentError on a tensor without samples
 */
export function twice(gpu: Gpu, [name, given]: Named, place: number, isFixed: boolean): Twice<Tensor> {
  const draw = (shape: Shape, seed: number) => gpu.randn(shape, { seed, stream: place });
  const [shape, isFloat] =
    given instanceof Tensor ? [given.shape, given.dtype === 'f32'] : ([given, true] as const);
  if (shape[0] === 0)
    throw new ArgumentError('exportOnnx', name, formatShape(shape), 'a batch of at least one sample');
  const first = given instanceof Tensor ? given : draw(shape, 1);
  const hasBatch = shape.length > 0 && !isFixed;
  if (isFloat) return [first, draw(hasBatch ? [shape[0] + 1, ...shape.slice(1)] : shape, 2)];
  return [first, hasBatch ? withOneMore(first) : first];
}

/** The first sample once more, at the end. */
function withOneMore(x: Tensor): Tensor {
  const [samples, ...one] = x.shape;
  const walk = (sample: number) => ({ start: (sample * x.size) / samples, strides: stridesOf(x.shape) });
  const longer = x.gpu.empty([samples + 1, ...one], { dtype: computedAs(x.dtype) });
  x.gpu.kernels.copy(x, walk(0), longer, walk(0), x.shape);
  return x.gpu.kernels.copy(x, walk(0), longer, walk(samples), [1, ...one]);
}
