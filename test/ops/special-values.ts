import { grad } from '../../src/autograd/backward';
import * as table from '../../src/ops/table';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import type { ElementwiseCase, FurtherCase, RowsCase, SpecialCases } from '../golden/special';

const ops = { ...table };

/** PyTorch's figures are rounded to float32. */
const RELATIVE = 2e-6;
/** Of gradients of rows, differences of numbers up to 1. */
const CANCELLED = 5e-7;
const SMALLEST_NORMAL = 2 ** -126;

/** A figure that is not PyTorch's, in words. */
type Miss = string;

export interface Comparison {
  readonly misses: readonly Miss[];
  /** Number of figures. */
  readonly compared: number;
}

/** Compares every op with PyTorch at zeros, denormals, the ends of float32, infinities and NaN. */
export async function compareSpecialCases(gpu: Gpu, cases: SpecialCases): Promise<Comparison> {
  const misses: Miss[] = [];
  for (const one of cases.elementwise)
    misses.push(...(await elementwiseMisses(gpu, one, (operands) => elementwiseCall(one, operands))));
  for (const one of cases.further)
    misses.push(...(await elementwiseMisses(gpu, one, (operands) => furtherCall(one, operands))));
  for (const one of cases.rows) misses.push(...(await rowMisses(gpu, one)));
  const count = (lists: readonly (readonly number[])[]) => lists.reduce((sum, { length }) => sum + length, 0);
  const compared =
    count([...cases.elementwise, ...cases.further].flatMap(({ output, grads }) => [output, ...grads])) +
    count(cases.rows.flatMap(({ output, grad }) => [output, grad]));
  return { misses, compared };
}

async function elementwiseMisses(
  gpu: Gpu,
  one: ElementwiseCase | FurtherCase,
  call: (operands: readonly Tensor[]) => Tensor,
): Promise<Miss[]> {
  const { op, options, inputs, output, grads } = one;
  const operands = inputs.map((values) => gpu.tensor(values, [values.length], { requiresGrad: true }));
  const result = call(operands);
  const found = await result.data();
  const name = Object.keys(options).length > 0 ? `${op} with ${JSON.stringify(options)}` : op;
  const misses = compare({ name, inputs, per: 1, expected: output, found });
  if (grads.length === 0) return misses;
  const slopes = grad(result, operands, gpu.ones(result.shape));
  for (const [i, slope] of slopes.entries()) {
    const where = slopes.length > 1 ? ` of operand ${i}` : '';
    misses.push(
      ...compare({
        name: `gradient of ${name}${where}`,
        inputs,
        per: 1,
        expected: grads[i],
        found: await slope.data(),
        restsOn: output,
      }),
    );
  }
  return misses;
}

function elementwiseCall({ op, options: { min, max } }: ElementwiseCase, [a, b]: readonly Tensor[]): Tensor {
  switch (op) {
    case 'clamp':
      return ops.clamp(a, min, max);
    case 'where':
      return ops.where(a, a, b);
    case 'add':
    case 'sub':
    case 'mul':
    case 'div':
    case 'pow':
    case 'maximum':
      return ops[op](a, b);
    default:
      return ops[op](a);
  }
}

function furtherCall({ op, options }: FurtherCase, operands: readonly Tensor[]): Tensor {
  const call = ops[op] as (...args: readonly unknown[]) => Tensor;
  return Object.keys(options).length > 0 ? call(...operands, options) : call(...operands);
}

async function rowMisses(gpu: Gpu, { op, length, inputs, output, grad: slopes }: RowsCase): Promise<Miss[]> {
  const count = inputs[0].length;
  const data = new Float32Array(count * length);
  for (let row = 0; row < count; row++) {
    data[row * length] = inputs[0][row];
    data[(row + 1) * length - 1] = inputs[1][row];
  }
  const x = gpu.tensor(data, [count, length], { requiresGrad: true });
  const labels = gpu.tensor(new Int32Array(count), [count]);
  const result = op === 'crossEntropy' ? ops.crossEntropy(x, labels, { reduction: 'none' }) : ops[op](x, 1);
  const name = `${op} of rows of ${length}`;
  const whole = result.shape.length === 2;
  const found = await result.data();
  const given = whole ? shown(found, length) : found;
  const misses = compare({ name, inputs, per: output.length / count, expected: output, found: given });
  if (slopes.length === 0) return misses;
  const weights = new Float32Array(result.size).fill(whole ? 0 : 1);
  for (let row = 0; whole && row < count; row++) {
    weights[row * length] = 1;
    weights[(row + 1) * length - 1] = -0.5;
  }
  const [slope] = grad(result, [x], gpu.tensor(weights, result.shape));
  const slopesFound = shown(await slope.data(), length);
  const figures = { name: `gradient of ${name}`, inputs, per: slopes.length / count, expected: slopes };
  return [...misses, ...compare({ ...figures, found: slopesFound, absolute: CANCELLED })];
}

/** First, second and last of each row; all between are as the second. */
function shown(values: ArrayLike<number>, length: number): number[] {
  const places = length === 2 ? [0, 1] : [0, 1, length - 1];
  return Array.from({ length: values.length / length }, (_, row) =>
    places.map((place) => values[row * length + place]),
  ).flat();
}

interface Figures {
  readonly name: string;
  readonly inputs: readonly (readonly number[])[];
  /** Figures an input. */
  readonly per: number;
  readonly expected: readonly number[];
  readonly found: ArrayLike<number>;
  /** What a gradient is made of, one an input: where that is a denormal, the gradient may be 0. */
  readonly restsOn?: readonly number[];
  /** Rounding of differences. */
  readonly absolute?: number;
}

/** Each figure is PyTorch's, or what PyTorch gives where a denormal is taken for 0. */
function compare({ name, inputs, per, expected, found, restsOn = [], absolute = 0 }: Figures): Miss[] {
  const places = new Map(inputs[0].map((_, i) => [keyOf(inputs.map((values) => values[i])), i]));
  const misses: Miss[] = [];
  if (found.length !== expected.length)
    misses.push(`${name}: ${found.length} figures, PyTorch has ${expected.length}`);
  for (let at = 0; at < expected.length; at++) {
    const own = inputs.map((values) => values[Math.floor(at / per)]);
    const allowed = flushed(own).flatMap((values) => {
      const place = places.get(keyOf(values));
      return place === undefined ? [] : [expected[place * per + (at % per)]];
    });
    if (isDenormal(restsOn[at] ?? 0)) allowed.push(0);
    if (!allowed.some((value) => isSame(found[at], value, absolute)))
      misses.push(
        `${name}(${own.map(text)})[${at % per}] is ${text(found[at])}, PyTorch's ${allowed.map(text).join(' or ')}`,
      );
  }
  return misses;
}

/** Values as they are, and with some or all of their denormals as zeros. */
function flushed(values: readonly number[]): number[][] {
  return values.reduce<number[][]>(
    (all, value) =>
      all.flatMap((before) =>
        isDenormal(value)
          ? [
              [...before, value],
              [...before, value < 0 ? -0 : 0],
            ]
          : [[...before, value]],
      ),
    [[]],
  );
}

const isDenormal = (value: number): boolean => value !== 0 && Math.abs(value) < 0.99 * SMALLEST_NORMAL;
const text = (value: number): string => (Object.is(value, -0) ? '-0' : `${value}`);
const keyOf = (values: readonly number[]): string => values.map(text).join();

function isSame(found: number, expected: number, absolute: number): boolean {
  if (Math.abs(expected) < SMALLEST_NORMAL) return Math.abs(found) <= Math.max(absolute, SMALLEST_NORMAL);
  if (!Number.isFinite(expected)) return Object.is(found, expected);
  return Math.abs(found - expected) <= absolute + RELATIVE * Math.abs(expected);
}
