import type { ScalarType } from '../../runtime/wgsl/layout';
import { type FillName, type HostArray, hostArray, type NumberArray, type RawArray } from './array';
import { KernelError } from './errors';
import type { BenchOptions, BufferSpec, UniformNumber, UniformValue } from './options';

/** Numbers of a uniform block, in the order of its scalars. */
export interface UniformSpec {
  readonly block: string;
  /** Path of the member or scalar they begin with, as in 'origin.x'; undefined means the block itself. */
  readonly member?: string;
  readonly values: readonly { readonly value: number; readonly type?: ScalarType }[];
}

/** What a storage buffer begins with. */
export interface CheckedBuffer extends Omit<BufferSpec, 'fill'> {
  readonly fill?: FillName | number | HostArray | RawArray;
}

/** Options in one form each, checked as far as that goes without the shader. */
export interface CheckedOptions {
  readonly entry?: string;
  readonly bind: ReadonlyMap<string, CheckedBuffer>;
  readonly uniform: readonly UniformSpec[];
  readonly threads?: readonly number[];
  readonly groups?: readonly number[];
  readonly set: ReadonlyMap<string, number>;
  readonly sweep: ReadonlyMap<string, readonly number[]>;
  readonly seed: number;
  readonly warmup: number;
  readonly repeat?: number;
  readonly expect: ReadonlyMap<string, HostArray>;
  readonly tolerance: number;
}

const SCALAR_TYPES: readonly string[] = ['f32', 'i32', 'u32', 'f16'] satisfies ScalarType[];
const MOST_SEED = 2 ** 32 - 1;
const WARMUP = 3;
const TOLERANCE = 1e-5;

/** @throws KernelError on a value that no shader could do with */
export function checkOptions(options: BenchOptions): CheckedOptions {
  const { entry, threads, groups, seed = 0, warmup = WARMUP, repeat, tolerance = TOLERANCE } = options;
  checkWhole('seed', seed, 0, MOST_SEED);
  checkWhole('warmup', warmup, 0);
  if (repeat !== undefined) checkWhole('repeat', repeat, 1);
  if (!(tolerance >= 0)) throw refused('tolerance', tolerance, 'a number from 0');
  if (threads !== undefined && groups !== undefined)
    throw new KernelError(
      (written) => `${written('threads')} and ${written('groups')} say the same; give one of the two`,
    );
  const sweep = mapOf(options.sweep);
  for (const [name, values] of sweep)
    if (values.length === 0) throw refused(`sweep.${name}`, '[]', 'one number or more');
  return {
    entry,
    bind: new Map([...mapOf(options.bind)].map(([name, given]) => [name, checkedBuffer(name, given)])),
    uniform: [...mapOf(options.uniform)].flatMap(([path, given]) => uniformSpecs(path, given)),
    threads: threads === undefined ? undefined : dimensions('threads', threads),
    groups: groups === undefined ? undefined : dimensions('groups', groups),
    set: mapOf(options.set),
    sweep,
    seed,
    warmup,
    repeat,
    expect: new Map(
      [...mapOf(options.expect)].map(([name, given]) => [name, isNumbers(given) ? hostArray(given) : given]),
    ),
    tolerance,
  };
}

const mapOf = <T>(given: Readonly<Record<string, T>> = {}): ReadonlyMap<string, T> =>
  new Map(Object.entries(given));

function checkedBuffer(name: string, given: BufferSpec | NumberArray): CheckedBuffer {
  if (isNumbers(given)) {
    const array = hostArray(given);
    return { type: array.type, shape: array.shape, fill: array };
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw refused(
      `bind.${name}`,
      String(given),
      '{ type, shape, fill }, or a typed array such as Float32Array',
    );
  const { shape, fill } = given;
  if (shape && !shape.every((length) => Number.isSafeInteger(length) && length >= 1))
    throw refused(`bind.${name}.shape`, `[${shape.join(',')}]`, 'whole numbers from 1');
  return { ...given, fill: typeof fill === 'object' && isNumbers(fill) ? hostArray(fill) : fill };
}

function dimensions(option: string, given: number | readonly number[]): readonly number[] {
  const dims = typeof given === 'number' ? [given] : given;
  if (dims.length < 1 || dims.length > 3) throw refused(option, dims.join(','), 'one to three numbers');
  for (const dim of dims) checkWhole(option, dim, 1);
  return dims;
}

function uniformSpecs(path: string, given: UniformValue): UniformSpec[] {
  if (given === null || !['number', 'object'].includes(typeof given))
    throw refused(`uniform.${path}`, String(given), 'numbers');
  if (!isList(given) && !isNumber(given))
    return Object.entries(given).flatMap(([member, inner]) => uniformSpecs(`${path}.${member}`, inner));
  const values = (isList(given) ? given : [given]).map((number) => {
    if (typeof number === 'number') return { value: number };
    if (!isNumber(number)) throw refused(`uniform.${path}`, String(number), 'numbers');
    const [[type, value]] = Object.entries(number);
    return { value, type: type as ScalarType };
  });
  const [, block, member] = /^([^.[]*)\.?(.*)$/s.exec(path) ?? [];
  return [{ block, member: member === '' ? undefined : member, values }];
}

function isNumbers(given: object): given is NumberArray {
  const known = given instanceof Float32Array || given instanceof Int32Array || given instanceof Uint32Array;
  if (ArrayBuffer.isView(given) && !known)
    throw refused('an array of', given.constructor.name, 'Float32Array, Int32Array or Uint32Array');
  return known;
}

const isList = (given: UniformValue): given is readonly UniformNumber[] => Array.isArray(given);

function isNumber(given: UniformValue): given is UniformNumber {
  if (typeof given !== 'object') return typeof given === 'number';
  const [[type, value] = [], ...more] = Object.entries(given);
  return more.length === 0 && type !== undefined && SCALAR_TYPES.includes(type) && typeof value === 'number';
}

function checkWhole(option: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const to = most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`;
  throw refused(option, value, `a whole number from ${least}${to}`);
}

const refused = (option: string, value: string | number, expected: string) =>
  new KernelError(`${option} ${value}: expected ${expected}`);
