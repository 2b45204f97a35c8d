import { floatsOrNumber } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { broadcastShapes, type Shape } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { paddedTo, squaresOfBroadcast } from './broadcast';
import { defineOp, type Op } from './define';
import { samplesOf } from './factors';
import { awayFromZero, distinct, positive, randn, sample, type TensorSpec } from './sample';

/** A tensor, or a number that stands for a tensor of one element. */
export type Operand = Tensor | number;
interface Scalars {
  readonly a?: number;
  readonly b?: number;
}

/** WGSL; where an operand is a number, it may depend on that. */
type Rule = string | ((scalars: Scalars) => string);

interface BinaryRule {
  /** WGSL of a and b. */
  readonly forward: Rule;
  /** WGSL of g (gradient), a, b and y (output): what each operand's gradient is before it is summed to its shape. */
  readonly gradA: Rule;
  readonly gradB: Rule;
  readonly left?: (shape: Shape) => TensorSpec;
  readonly right?: (shape: Shape) => TensorSpec;
}

/** An elementwise function of two operands, each a tensor (broadcast by NumPy's rule) or a number. */
function defineBinary(
  name: string,
  { forward, gradA, gradB, left = randn, right = randn }: BinaryRule,
): Op<[a: Operand, b: Operand]> {
  const operands = ([a, b]: readonly (Tensor | undefined)[]) => ({ ...(a && { a }), ...(b && { b }) });
  const written = (rule: Rule, attrs: Scalars) => (typeof rule === 'string' ? rule : rule(attrs));
  const scalars = ({ a, b }: Scalars) => ({ ...(a !== undefined && { a }), ...(b !== undefined && { b }) });
  return defineOp({
    name,
    takes: { a: floatsOrNumber, b: floatsOrNumber },
    parse: (a: Operand, b: Operand) => ({
      inputs: [typeof a === 'number' ? undefined : a, typeof b === 'number' ? undefined : b] as const,
      attrs: {
        a: typeof a === 'number' ? a : undefined,
        b: typeof b === 'number' ? b : undefined,
      } as Scalars,
    }),
    shape: ({ inputs: [a, b] }) => broadcastShapes(name, a?.shape ?? [], b?.shape ?? []),
    forward: (k, { inputs, attrs, shape }) =>
      k.elementwise(written(forward, attrs), operands(inputs), { scalars: scalars(attrs), shape }),
    backward: (k, { grad: g, inputs, attrs, output: y, needs }) =>
      [gradA, gradB].map((rule, i) => {
        const input = inputs[i];
        if (!input || !needs[i]) return undefined;
        const full =
          rule === 'g'
            ? g
            : k.elementwise(written(rule, attrs), { g, ...operands(inputs), y }, { scalars: scalars(attrs) });
        return k.sumTo(full, input.shape);
      }),
    perSample: (k, { grad: g, inputs, attrs, output: y, needs }) =>
      [gradA, gradB].map((rule, i) => {
        const input = inputs[i];
        if (!input || !needs[i]) return undefined;
        const full = k.elementwise(
          written(rule, attrs),
          { g, ...operands(inputs), y },
          { scalars: scalars(attrs) },
        );
        return squaresOfBroadcast(k, full, input.shape);
      }),
    factors: (k, { grad, inputs, attrs, needs, range }) => {
      const [from, to] = range;
      const g = samplesOf(k, grad, range);
      const own = inputs.map((input) => input && rowsOf(k, input, grad.shape, range));
      const y = k.elementwise(written(forward, attrs), operands(own), {
        scalars: scalars(attrs),
        shape: g.shape,
      });
      return [gradA, gradB].map((rule, i) => {
        const input = inputs[i];
        if (!input || !needs[i]) return undefined;
        const all = { g, ...operands(own), y };
        const full = k.elementwise(written(rule, attrs), all, { scalars: scalars(attrs), shape: g.shape });
        const padded = paddedTo(full.shape.length, input.shape);
        const x = k.sumTo(full, [to - from, ...padded.slice(1)]);
        return { output: x.alias([to - from, 1, input.size, 1]) };
      });
    },
    samples: () => [
      sample<[Operand, Operand]>('equal shapes', left([3, 5]), right([3, 5])),
      sample<[Operand, Operand]>('a row against a column', left([1, 5]), right([3, 1])),
      sample<[Operand, Operand]>('a channel vector against images', left([2, 3, 4, 5]), right([3, 1, 1])),
      sample<[Operand, Operand]>('a tensor and a number', left([7]), 1.5),
      sample<[Operand, Operand]>('a number and a tensor', 1.5, right([7])),
    ],
  });
}

/** An operand as it is for a range of samples, the first axis of the result. */
function rowsOf(k: Kernels, x: Tensor, result: Shape, range: readonly [from: number, to: number]): Tensor {
  const hasSamples = x.shape.length === result.length && x.shape[0] !== 1;
  return hasSamples ? samplesOf(k, x, range) : x;
}

/**
 * a + b, broadcast.
 * @example
 * ```ts
 * ops.add(gpu.tensor([[1, 2], [3, 4]]), gpu.tensor([10, 20])); // → [[11, 22], [13, 24]]
 * ```
 */
export const add = defineBinary('add', { forward: 'a + b', gradA: 'g', gradB: 'g' });
/**
 * a − b, broadcast.
 * @example
 * ```ts
 * ops.sub(gpu.tensor([5, 6]), 1); // → [4, 5]
 * ```
 */
export const sub = defineBinary('sub', { forward: 'a - b', gradA: 'g', gradB: '-g' });
/**
 * a · b elementwise, broadcast.
 * @example
 * ```ts
 * ops.mul(gpu.tensor([[1], [2]]), gpu.tensor([3, 4])); // → [[3, 4], [6, 8]]
 * ```
 */
export const mul = defineBinary('mul', { forward: 'a * b', gradA: 'g * b', gradB: 'g * a' });
/**
 * a / b elementwise, broadcast.
 * @example
 * ```ts
 * ops.div(1, gpu.tensor([2, 4])); // → [0.500, 0.250]
 * ```
 */
export const div = defineBinary('div', {
  forward: 'a / b',
  gradA: 'g / b',
  gradB: '-g * y / b',
  right: positive,
});
/**
 * aᵇ elementwise, broadcast; a negative base needs whole b, else NaN, and has no gradient in b (NaN).
 * @example
 * ```ts
 * ops.pow(gpu.tensor([2, 3]), 2); // → [4, 9]
 * ```
 */
export const pow = defineBinary('pow', {
  forward: ({ b }) => (b === 2 ? 'a * a' : 'power(a, b)'),
  gradA: ({ b }) => (b === 2 ? 'g * (2.0 * a)' : 'select(g * power_slope(a, b, y), 0.0, b == 0.0)'),
  gradB: 'select(g * (y * log_of(a)), 0.0, is_tiny(a) & (b >= 0.0))',
  left: positive,
});
/**
 * The larger of a and b, broadcast; equal operands share the gradient.
 * @example
 * ```ts
 * ops.maximum(gpu.tensor([1, 5]), gpu.tensor([4, 2])); // → [4, 5]
 * ```
 */
export const maximum = defineBinary('maximum', {
  forward: 'max_of(a, b)',
  gradA: 'share_of_larger(g, a, b)',
  gradB: 'share_of_larger(g, b, a)',
  left: awayFromZero,
  right: distinct,
});
/**
 * The smaller of a and b, broadcast; equal operands share the gradient.
 * @example
 * ```ts
 * ops.minimum(gpu.tensor([1, 3]), 2); // → [1, 2]
 * ```
 * @example
 * ```ts
 * ops.minimum(gpu.tensor([1, 5]), gpu.tensor([4, 2])); // → [1, 2]
 * ```
 */
export const minimum = defineBinary('minimum', {
  forward: '-max_of(-a, -b)',
  gradA: 'share_of_larger(g, b, a)',
  gradB: 'share_of_larger(g, a, b)',
  left: awayFromZero,
  right: distinct,
});
