import { bytesOf, type ScalarType } from '../../../runtime/wgsl/layout';
import { Random } from '../../tensor/random';
import { KernelError } from './errors';
import type { Fill } from './spec';

/** Numbers as a buffer holds them. */
export interface HostArray {
  readonly type: ScalarType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

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

/** The numbers as JavaScript has them; f16 is widened. */
export function valuesOf({ type, bytes }: HostArray): Float32Array | Int32Array | Uint32Array {
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

/** @throws KernelError on integers for f16 or f32 fills that make no sense of them, never on the fills themselves */
export function filled(
  type: ScalarType,
  shape: readonly number[],
  fill: Fill,
  seed: number,
  stream: number,
): HostArray {
  const random = new Random(seed, stream);
  switch (fill.kind) {
    case 'zeros':
      return arrayFrom(type, shape, () => 0);
    case 'ones':
      return arrayFrom(type, shape, () => 1);
    case 'arange':
      return arrayFrom(type, shape, (i) => i);
    case 'const':
      return arrayFrom(type, shape, () => fill.value);
    case 'rand':
      return arrayFrom(type, shape, () => (isFloat(type) ? random.uniform() : random.nextU32()));
    case 'randn':
      if (!isFloat(type)) throw new KernelError(`randn fills f32 and f16, not ${type}; use rand or arange`);
      return arrayFrom(type, shape, () => random.normal());
    case 'file':
      throw new KernelError(`file:${fill.path} was not read`);
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

export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
