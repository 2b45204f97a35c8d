import { bytesOf, type ScalarType } from '../../runtime/wgsl/layout';
import { fromHalf } from '../data/half';
import { Random } from '../tensor/random';
import { KernelError } from './errors';

/** Bytes of numbers, little-endian, of which the type is told elsewhere. */
export interface RawArray {
  /** The bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where they were read from. */
  readonly file?: string;
}

/** Numbers as a buffer holds them. */
export interface HostArray extends RawArray {
  /** What the numbers are. */
  readonly type: ScalarType;
  /** Lengths of the axes, row-major. */
  readonly shape: readonly number[];
}

/** Numbers in one of JavaScript's own arrays. */
export type NumberArray = Float32Array | Int32Array | Uint32Array;

export const FILLS = ['randn', 'rand', 'zeros', 'ones', 'arange'] as const;
/** Normal random numbers; uniform ones, from 0 to 1 or all of an integer's; 0; 1; each element's own index. */
export type FillName = (typeof FILLS)[number];

export const countOf = (shape: readonly number[]): number =>
  shape.reduce((total, length) => total * length, 1);

export const shapeText = ({ type, shape }: Pick<HostArray, 'type' | 'shape'>) =>
  `${type}[${shape.join(',')}]`;

/** An array whose element i is `value(i)`; integers wrap as in WGSL's conversions of bits. */
export function arrayFrom(
  type: ScalarType,
  shape: readonly number[],
  value: (i: number) => number,
): HostArray {
  const count = countOf(shape);
  const bytes = new Uint8Array(count * bytesOf(type));
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i++) writeScalar(view, i * bytesOf(type), type, value(i));
  return { type, shape, bytes };
}

/** A copy of `numbers`, in one dimension. */
export function hostArray(numbers: NumberArray): HostArray {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength).slice();
  const type = numbers instanceof Float32Array ? 'f32' : numbers instanceof Int32Array ? 'i32' : 'u32';
  return { type, shape: [numbers.length], bytes };
}

/**
 * A given array in a type and shape.
 * @param asked default: the array's own
 * @param rawType of bytes of which the type is not asked for
 * @param name what errors call it, if it is of no file
 * @throws KernelError if it has other lengths
 */
export function arrayIn(
  given: HostArray | RawArray,
  asked: { readonly type?: ScalarType; readonly shape?: readonly number[] },
  rawType: ScalarType,
  name: string,
): HostArray {
  const who = given.file ?? name;
  const array = 'type' in given ? given : typed(given, asked.type ?? rawType, who);
  const expected = countOf(array.shape) * bytesOf(array.type);
  if (array.bytes.length !== expected)
    throw new KernelError(
      `${who} has ${array.bytes.length} bytes of data, ${expected} expected by its shape`,
    );
  const { type = array.type, shape = array.shape } = asked;
  if (countOf(shape) !== countOf(array.shape))
    throw new KernelError(`${who} holds ${shapeText(array)}, but [${shape.join(',')}] was asked for`);
  if (type === array.type) return { ...array, shape };
  const values = valuesOf(array);
  return arrayFrom(type, shape, (i) => values[i]);
}

function typed({ bytes, file }: RawArray, type: ScalarType, who: string): HostArray {
  const count = bytes.length / bytesOf(type);
  if (count < 1 || !Number.isInteger(count))
    throw new KernelError(`${who} has ${bytes.length} bytes, which is no whole number of ${type} from 1`);
  return { type, shape: [count], bytes, file };
}

/** The numbers as JavaScript has them; f16 is widened. */
export function valuesOf({ type, bytes }: HostArray): NumberArray {
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = Math.floor(byteLength / 4);
  switch (type) {
    case 'f32':
      return new Float32Array(buffer, byteOffset, words);
    case 'i32':
      return new Int32Array(buffer, byteOffset, words);
    case 'u32':
      return new Uint32Array(buffer, byteOffset, words);
    case 'f16':
      return Float32Array.from(new Uint16Array(buffer, byteOffset, byteLength / 2), fromHalf);
  }
}

/** @throws KernelError on normal random numbers for integers */
export function filled(
  type: ScalarType,
  shape: readonly number[],
  fill: FillName | number,
  seed: number,
  stream: number,
): HostArray {
  const random = new Random(seed, stream);
  switch (fill) {
    case 'zeros':
      return arrayFrom(type, shape, () => 0);
    case 'ones':
      return arrayFrom(type, shape, () => 1);
    case 'arange':
      return arrayFrom(type, shape, (i) => i);
    case 'rand':
      return arrayFrom(type, shape, () => (isFloat(type) ? random.uniform() : random.nextU32()));
    case 'randn':
      if (!isFloat(type)) throw new KernelError(`randn fills f32 and f16, not ${type}; use rand or arange`);
      return arrayFrom(type, shape, () => random.normal());
    default:
      return arrayFrom(type, shape, () => fill);
  }
}

export const isFloat = (type: ScalarType) => type === 'f32' || type === 'f16';

export function writeScalar(view: DataView, offset: number, type: ScalarType, value: number): void {
  switch (type) {
    case 'f32':
      view.setFloat32(offset, value, true);
      break;
    case 'i32':
    case 'u32':
      view.setUint32(offset, value, true);
      break;
    case 'f16':
      view.setUint16(offset, toHalf(value), true);
      break;
  }
}

const scratch = new DataView(new ArrayBuffer(4));

/** The bits of the nearest IEEE 754 half, ties to even. */
export function toHalf(value: number): number {
  scratch.setFloat32(0, value);
  const sign = (scratch.getUint32(0) >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // Below 2^-14 halves are evenly spaced by 2^-24; above it, by 2^-10 of their power of two.
  const exponent = Math.max(-14, Math.floor(Math.log2(size || 1e-30)));
  const steps = roundToEven(size / 2 ** (exponent - 10));
  const bits = exponent === -14 ? steps : ((exponent + 14) << 10) + steps;
  return sign | bits;
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
