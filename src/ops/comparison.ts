import comparisonFunctions from '../../shaders/snippets/comparison.wgsl';
import { DTypeError } from '../tensor/dtype';
import { knowFunctions } from '../tensor/elementwise-imports';
import { words, wordsOrNumber } from '../tensor/guard-tensor';
import { broadcastShapes } from '../tensor/shape';
import { Tensor } from '../tensor/tensor';
import type { Operand } from './arithmetic';
import { defineOp, type Op } from './define';
import { constant, integers, type Sample, sample, values } from './sample';

knowFunctions(comparisonFunctions);

/** As what an element is looked at. */
type Look = 'f32' | 'i32' | 'u32';

/** An operand as an expression reads it. */
interface Side {
  readonly look: Look;
  /** WGSL. */
  readonly read: string;
  readonly scalars: Readonly<Record<string, number>>;
}

const RANGES = { i32: [-(2 ** 31), 2 ** 31 - 1], u32: [0, 2 ** 32 - 1] } as const;

const lookOf = ({ dtype }: Tensor): Look => (dtype === 'i32' || dtype === 'u32' ? dtype : 'f32');

const holds = (look: Look, operand: Operand): boolean =>
  operand instanceof Tensor ||
  look === 'f32' ||
  (Number.isInteger(operand) && operand >= RANGES[look][0] && operand <= RANGES[look][1]);

/** Both as whole numbers where they are such of one type, else as f32, as in PyTorch. @throws DTypeError on i32 beside u32 */
function commonLook(op: string, operands: readonly [Operand, Operand]): Look {
  const tensors = operands.filter((operand) => operand instanceof Tensor);
  const looks = tensors.map(lookOf);
  const [look = 'f32', other = look] = looks;
  if (looks.includes('f32')) return 'f32';
  if (look !== other) throw new DTypeError(op, 'b', tensors[1], [look, 'f32'], `${look} like a, or f32`);
  return operands.every((operand) => holds(look, operand)) ? look : 'f32';
}

/** The numbers that a kernel is given are f32, which hold the two halves of a whole number exactly. */
function sideOf(name: 'a' | 'b', operand: Operand, look: Look): Side {
  if (operand instanceof Tensor) return { look, read: `${look}(${name})`, scalars: {} };
  if (look === 'f32') return { look, read: name, scalars: { [name]: operand } };
  const high = Math.floor(operand / 2 ** 16);
  return {
    look,
    read: `(${look}(${name}_high) * 65536 + ${look}(${name}_low))`,
    scalars: { [`${name}_high`]: high, [`${name}_low`]: operand - high * 2 ** 16 },
  };
}

interface PairRule {
  /** WGSL that is true or false. */
  readonly formula: (a: Side, b: Side) => string;
  /** As what each operand is looked at. */
  readonly looks: (op: string, operands: readonly [Operand, Operand]) => readonly [Look, Look];
}

/** i32, 1 where the formula is true of elements of a and b, which broadcast, else 0. */
function definePair(
  name: string,
  { formula, looks }: PairRule,
  further: typeof furtherSamples = () => [],
): Op<[a: Operand, b: Operand]> {
  return defineOp({
    name,
    takes: { a: wordsOrNumber, b: wordsOrNumber },
    parse: (a: Operand, b: Operand) => {
      const [lookA, lookB] = looks(name, [a, b]);
      return {
        inputs: [a instanceof Tensor ? a : undefined, b instanceof Tensor ? b : undefined] as const,
        attrs: { a: sideOf('a', a, lookA), b: sideOf('b', b, lookB) },
      };
    },
    shape: ({ inputs: [a, b] }) => broadcastShapes(name, a?.shape ?? [], b?.shape ?? []),
    forward: (k, { inputs: [a, b], attrs, shape }) =>
      k.elementwise(
        `i32(${formula(attrs.a, attrs.b)})`,
        { ...(a && { a }), ...(b && { b }) },
        { scalars: { ...attrs.a.scalars, ...attrs.b.scalars }, shape, dtype: 'i32' },
      ),
    samples: () => {
      const x = constant(values([2, 3], [-1.5, 0, 2, 2, -3, 0.5]));
      const y = constant(values([2, 3], [-1.5, 1, 0, 2, 2, -0.5]));
      return [
        sample<[Operand, Operand]>('equal shapes', x, y),
        sample<[Operand, Operand]>('a tensor and a number', x, 2),
        ...further(),
      ];
    },
  });
}

/** One op stands for all whose operands are read alike. */
const furtherSamples = (): readonly Sample<[Operand, Operand]>[] => {
  const [row, column] = [values([1, 3], [0, 1, 2]), values([2, 1], [1, 0])].map(constant);
  const whole = integers([2], [2 ** 24, 2 ** 24 + 1]);
  return [
    sample<[Operand, Operand]>('a row against a column', row, column),
    sample<[Operand, Operand]>('whole numbers that f32 cannot tell apart', whole, 2 ** 24 + 1),
  ];
};

type Comparison = '==' | '<' | '<=' | '>' | '>=';

/** Nothing is equal to a NaN, larger or smaller. */
const compared = (operator: Comparison, a: Side, b: Side): string =>
  a.look === 'f32'
    ? `are_numbers(${a.read}, ${b.read}) & (order_of(${a.read}) ${operator} order_of(${b.read}))`
    : `${a.read} ${operator} ${b.read}`;

const defineComparison = (name: string, formula: PairRule['formula'], further?: typeof furtherSamples) => {
  const looks: PairRule['looks'] = (op, operands) => {
    const look = commonLook(op, operands);
    return [look, look];
  };
  return definePair(name, { formula, looks }, further);
};

/**
 * Whether a = b, broadcast: i32, 1 or 0; 0 where either is NaN.
 * @example
 * ```ts
 * ops.eq(gpu.tensor([1, 2]), 2); // → [0, 1]
 * ```
 */
export const eq = defineComparison('eq', (a, b) => compared('==', a, b), furtherSamples);
/**
 * Whether a ≠ b, broadcast: i32, 1 or 0; 1 where either is NaN.
 * @example
 * ```ts
 * ops.ne(gpu.tensor([1, 2]), 2); // → [1, 0]
 * ```
 */
export const ne = defineComparison('ne', (a, b) => `!(${compared('==', a, b)})`);
/**
 * Whether a < b, broadcast: i32, 1 or 0; 0 where either is NaN.
 * @example
 * ```ts
 * ops.lt(gpu.tensor([1, 2]), 2); // → [1, 0]
 * ```
 */
export const lt = defineComparison('lt', (a, b) => compared('<', a, b));
/**
 * Whether a ≤ b, broadcast: i32, 1 or 0; 0 where either is NaN.
 * @example
 * ```ts
 * ops.le(gpu.tensor([1, 2]), 2); // → [1, 1]
 * ```
 */
export const le = defineComparison('le', (a, b) => compared('<=', a, b));
/**
 * Whether a > b, broadcast: i32, 1 or 0; 0 where either is NaN.
 * @example
 * ```ts
 * const x = gpu.tensor([-1, 2]);
 * ops.where(ops.gt(x, 0), x, gpu.zeros([])); // → [0, 2]
 * ```
 */
export const gt = defineComparison('gt', (a, b) => compared('>', a, b));
/**
 * Whether a ≥ b, broadcast: i32, 1 or 0; 0 where either is NaN.
 * @example
 * ```ts
 * ops.ge(gpu.tensor([1, 2]), 2); // → [0, 1]
 * ```
 */
export const ge = defineComparison('ge', (a, b) => compared('>=', a, b));

/** Whether an element is not 0: a NaN is not. */
const truth = ({ look, read }: Side): string => (look === 'f32' ? `is_true(${read})` : `(${read} != 0)`);

const ownLook = (operand: Operand): Look => (operand instanceof Tensor ? lookOf(operand) : 'f32');

const defineConnective = (name: string, operator: '&' | '|') =>
  definePair(name, {
    formula: (a, b) => `${truth(a)} ${operator} ${truth(b)}`,
    looks: (_, [a, b]) => [ownLook(a), ownLook(b)],
  });

/**
 * Whether neither a nor b is 0, broadcast: i32, 1 or 0.
 * @example
 * ```ts
 * ops.logicalAnd(gpu.tensor([0, 2, 3]), gpu.tensor([1, 0, 5])); // → [0, 0, 1]
 * ```
 */
export const logicalAnd = defineConnective('logicalAnd', '&');
/**
 * Whether a or b is not 0, broadcast: i32, 1 or 0.
 * @example
 * ```ts
 * ops.logicalOr(gpu.tensor([0, 2, 0]), gpu.tensor([1, 0, 0])); // → [1, 1, 0]
 * ```
 */
export const logicalOr = defineConnective('logicalOr', '|');

/** i32, 1 where the formula is true of an element of x, else 0. */
function defineTest(name: string, formula: (x: string, look: Look) => string): Op<[x: Tensor]> {
  return defineOp({
    name,
    takes: { x: words },
    parse: (x: Tensor) => ({ inputs: [x] as const, attrs: {} }),
    shape: ({ inputs: [x] }) => x.shape,
    forward: (k, { inputs: [x] }) =>
      k.elementwise(`i32(${formula('x', lookOf(x))})`, { x }, { dtype: 'i32' }),
    samples: () => [
      sample<[Tensor]>('a matrix', constant(values([2, 3], [-1.5, 0, 2, 0, -3, 0.5]))),
      sample<[Tensor]>('whole numbers', integers([3], [0, -1, 7])),
    ],
  });
}

/**
 * Whether x is 0, elementwise: i32, 1 or 0.
 * @example
 * ```ts
 * ops.logicalNot(gpu.tensor([0, 2])); // → [1, 0]
 * ```
 */
export const logicalNot = defineTest('logicalNot', (x, look) =>
  look === 'f32' ? `!is_true(${x})` : `${x} == 0`,
);
/**
 * Whether x is no number, elementwise: i32, 1 or 0; whole numbers always are.
 * @example
 * ```ts
 * ops.isNan(gpu.tensor([1, Number.NaN])); // → [0, 1]
 * ```
 */
export const isNan = defineTest('isNan', (x, look) => (look === 'f32' ? `is_nan(${x})` : 'false'));
