import { grad } from '../../src/autograd/backward';
import * as ops from '../../src/ops/table';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';
import { normalCdf, normalDensity } from '../reference/normal';
import { furtherSubjects } from './precision-further';

/** Relative error to f64 that every function keeps to wherever its result is a normal number. */
const LIMIT = 2e-6;
const COUNT = 2 ** 20;
/** Of each of those that came later. */
const FURTHER_COUNT = 2 ** 16;
/** Numbers at the very edge may be taken for denormals. */
const SMALLEST = 2 ** -126 * (1 + 1e-5);
const LARGEST = 2 ** 127 * (2 - 2 ** -23);

/** How far a function is off at most, and where. */
export interface Precision {
  readonly name: string;
  readonly error: number;
  readonly at: string;
  /** Results that were compared, of those that were drawn. */
  readonly compared: number;
  readonly drawn: number;
}

export type Values = Float32Array<ArrayBuffer>;
/** Of one operand, or two. */
type Slope = (a: number, b: number) => number;

export interface Subject {
  readonly op: (...operands: Tensor[]) => Tensor;
  readonly operands: readonly Values[];
  readonly value: Slope;
  /** By operand; none where they are exact. */
  readonly slopes?: readonly Slope[];
  /** What a slope is a difference of: it is exact beside that. */
  readonly terms?: Slope;
}

const f32 = new DataView(new ArrayBuffer(4));
function ofBits(bits: number): number {
  f32.setUint32(0, bits);
  return f32.getFloat32(0);
}
const eitherSign = (random: Random): number => (random.uniform() < 0.5 ? -1 : 1);

/** All sizes there are; near 0, near 1, near powers of 2; what networks meet. */
const DRAWS: readonly ((random: Random) => number)[] = [
  (random) => ofBits(random.int(2 ** 32)),
  (random) => eitherSign(random) * 2 ** (-30 * random.uniform()),
  (random) => eitherSign(random) * (1 + eitherSign(random) * 2 ** (-24 * random.uniform())),
  (random) => ofBits(((1 + random.int(254)) << 23) + random.int(5) - 2 + 2 ** 31 * random.int(2)),
  (random) => eitherSign(random) * 100 * random.uniform(),
  (random) => eitherSign(random) * 15 * random.uniform(),
  (random) => random.normal(),
];
/** Bases and exponents: whole ones, near 1 with large exponents, any. */
const POWERS: readonly ((random: Random) => [number, number])[] = [
  (random) => [1 + random.int(300), random.int(41) - 20],
  (random) => [1 + eitherSign(random) * 2 ** (-23 * random.uniform()), random.normal() * 2 ** random.int(26)],
  (random) => [Math.exp(20 * random.normal()), 5 * random.normal()],
  (random) => [10 * random.uniform(), 100 * random.uniform() - 50],
  (random) => [-1 - random.int(40), random.int(21) - 10],
];

const drawn = (stream: number): Values => {
  const random = new Random(13, stream);
  return Float32Array.from({ length: COUNT }, (_, i) => DRAWS[i % DRAWS.length](random));
};

function drawnPowers(): [Values, Values] {
  const random = new Random(13, 2);
  const [bases, exponents] = [new Float32Array(COUNT), new Float32Array(COUNT)];
  for (let i = 0; i < COUNT; i++) [bases[i], exponents[i]] = POWERS[i % POWERS.length](random);
  return [bases, exponents];
}

const decay = (x: number): number => Math.exp(-Math.abs(x));
const sigmoid = (x: number): number => (x < 0 ? decay(x) : 1) / (1 + decay(x));

function subjects(): Record<string, Subject> {
  const [x, y] = [drawn(0), drawn(1)];
  const one = (op: Subject['op'], value: Slope, slope?: Slope, terms?: Slope): Subject => ({
    op,
    operands: [x],
    value,
    slopes: slope && [slope],
    terms,
  });
  const positive = (subject: Subject): Subject => ({ ...subject, operands: [x.map(Math.abs)] });
  const two = (op: Subject['op'], value: Slope, slopes?: readonly Slope[]): Subject => ({
    op,
    operands: [x, y],
    value,
    slopes,
  });
  return {
    exp: one(ops.exp, Math.exp, Math.exp),
    log: positive(one(ops.log, Math.log, (x) => 1 / x)),
    sqrt: positive(one(ops.sqrt, Math.sqrt, (x) => 0.5 / Math.sqrt(x))),
    sigmoid: one(ops.sigmoid, sigmoid, (x) => decay(x) / (1 + decay(x)) ** 2),
    tanh: one(ops.tanh, Math.tanh, (x) => 4 * (decay(x) / (1 + decay(2 * x))) ** 2),
    gelu: one(
      (x) => ops.gelu(x),
      (x) => x * normalCdf(x),
      (x) => normalCdf(x) + x * normalDensity(x),
      (x) => normalCdf(x) + Math.abs(x) * normalDensity(x),
    ),
    add: two(ops.add, (a, b) => a + b),
    sub: two(ops.sub, (a, b) => a - b),
    mul: two(ops.mul, (a, b) => a * b),
    div: two(ops.div, (a, b) => a / b, [(_, b) => 1 / b, (a, b) => -a / b / b]),
    pow: {
      op: ops.pow,
      operands: drawnPowers(),
      value: (a, b) => a ** b,
      slopes: [(a, b) => b * a ** (b - 1), (a, b) => a ** b * Math.log(a)],
    },
    'pow with the exponent 2': one(
      (x) => ops.pow(x, 2),
      (x) => x * x,
      (x) => 2 * x,
    ),
    ...furtherSubjects(x.subarray(0, FURTHER_COUNT)),
  };
}

/** A function by itself, as its figures are compared with f64. */
interface Figures {
  readonly name: string;
  readonly operands: readonly Values[];
  readonly value: Slope;
  /** What an error counts beside. */
  readonly beside: Slope;
  readonly isKnown: (a: number, b: number) => boolean;
  /** By GPU. */
  readonly found: readonly ArrayLike<number>[];
}

/**
 * The precision of each elementwise function and of its gradients over a million random and critical values, or 65,536, by GPU: what
 * f64 gives takes longer to compute than what they give.
 */
export async function precisions(gpus: readonly Gpu[]): Promise<Precision[][]> {
  const all: Precision[][] = gpus.map(() => []);
  const add = (figures: Figures) => {
    for (const [i, precision] of precisionsOf(figures).entries()) all[i].push(precision);
  };
  for (const [name, { op, operands, value, slopes = [], terms }] of Object.entries(subjects())) {
    const runs = gpus.map((gpu) => {
      const tensors = operands.map((values) => gpu.tensor(values, [values.length], { requiresGrad: true }));
      const result = op(...tensors);
      return { result, grads: slopes.length > 0 ? grad(result, tensors, gpu.ones(result.shape)) : [] };
    });
    const isKnown = (a: number, b: number) => isNormal(value(a, b));
    const shared = { operands, isKnown };
    const results = await Promise.all(runs.map(({ result }) => result.data()));
    add({ ...shared, name, value, beside: value, found: results });
    for (const [i, slope] of slopes.entries()) {
      const found = await Promise.all(runs.map(({ grads }) => grads[i].data()));
      add({ ...shared, name: `gradient ${i + 1} of ${name}`, value: slope, beside: terms ?? slope, found });
    }
  }
  return all;
}

/** Those that are further off than they may be, in words. */
export const imprecise = (all: readonly Precision[]): string[] =>
  all
    .filter(({ error }) => !(error <= LIMIT))
    .map(({ name, error, at }) => `${name} is off by ${error} at ${at}`);

/** NaN is as far off as can be. (Kept as it is, it would be no larger than the next error, which would take its place.) */
export const orInfinity = (error: number): number => (Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);

const isNormal = (x: number): boolean => Math.abs(x) >= SMALLEST && Math.abs(x) <= LARGEST;

const isOrdinary = (x: number): boolean => x === 0 || isNormal(x);

function precisionsOf({ name, operands, value, beside, isKnown, found }: Figures): Precision[] {
  const [first, second = first] = operands;
  const worst = found.map(() => ({ error: 0, place: 0 }));
  let compared = 0;
  for (let i = 0; i < first.length; i++) {
    const [a, b] = [first[i], second[i]];
    const expected = value(a, b);
    if (!isOrdinary(a) || !isOrdinary(b) || !isNormal(expected) || !isKnown(a, b)) continue;
    compared += 1;
    const size = Math.abs(beside(a, b));
    for (let k = 0; k < found.length; k++) {
      const error = orInfinity(Math.abs(found[k][i] - expected) / size);
      if (error > worst[k].error) worst[k] = { error, place: i };
    }
  }
  return worst.map(({ error, place }) => ({
    name,
    error,
    at: operands.map((operand) => operand[place]).join(', '),
    compared,
    drawn: first.length,
  }));
}
