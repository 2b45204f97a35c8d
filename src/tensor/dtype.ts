import { TaskgradError } from '../../runtime/errors';
import { type Shape, ShapeError, sizeOf } from './shape';

/**
 * Element types. Two are storage: `f16` for floats, which kernels widen as they read it, and `u8` for images, four elements
 * a word, read only by kernels that unpack it.
 */
export type DType = 'f32' | 'f16' | 'i32' | 'u32' | 'u8';

export type TypedArray =
  | Float32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

/** What a tensor may be made from; a plain array becomes f32. */
export type TensorData = TypedArray | readonly number[];

/** JavaScript sees f16 as f32. */
const ARRAYS = {
  f32: Float32Array,
  f16: Float32Array,
  i32: Int32Array,
  u32: Uint32Array,
  u8: Uint8Array,
} as const;

export const bytesPerElement = (dtype: DType): number =>
  dtype === 'f16' ? 2 : ARRAYS[dtype].BYTES_PER_ELEMENT;

/** The type in which kernels compute with elements of a type. */
export const computedAs = (dtype: DType): Exclude<DType, 'f16'> => (dtype === 'f16' ? 'f32' : dtype);

/** @throws TaskgradError `F16_UNSUPPORTED` */
export function checkHalf(dtype: DType, features: GPUSupportedFeatures, adapter: string): void {
  if (dtype !== 'f16' || features.has('shader-f16')) return;
  const lacks = `f16 needs an adapter with the feature shader-f16, which ${adapter} lacks`;
  throw new TaskgradError('F16_UNSUPPORTED', `${lacks}; use f32`);
}

/** Bytes of a tensor's buffer: kernels read and write whole vec4 groups, so that the last group needs its room. */
export const bufferBytes = (shape: Shape, dtype: DType): number =>
  Math.ceil((sizeOf(shape) * bytesPerElement(dtype)) / 16) * 16;

const checker =
  (allows: (dtype: DType) => boolean) =>
  (op: string, ...operands: readonly { readonly dtype: DType }[]): void => {
    for (const { dtype } of operands)
      if (!allows(dtype)) throw new ShapeError(`${op}: expects f32 tensors, got ${dtype}`);
  };

/** Checks that operands are f32, or f16 which is widened to it. @throws ShapeError */
export const checkFloat = checker((dtype) => computedAs(dtype) === 'f32');

/** Checks that operands are f32 and nothing else. @throws ShapeError */
export const checkSingle = checker((dtype) => dtype === 'f32');

/** Checks that a kernel which moves words of 32 bits is not given packed bytes. @throws ShapeError */
export function checkWords(op: string, ...operands: readonly { readonly dtype: DType }[]): void {
  if (operands.some(({ dtype }) => dtype === 'u8')) {
    throw new ShapeError(`${op}: a u8 tensor is storage for images; gather it into f32 first`);
  }
}

export function dtypeOf(data: TensorData): DType {
  if (data instanceof Int32Array) return 'i32';
  if (data instanceof Uint32Array) return 'u32';
  if (data instanceof Uint8Array) return 'u8';
  return 'f32';
}

/** The data as a typed array of the given type; converts a plain array, passes a fitting typed array through. */
export function toTypedArray(data: TensorData, dtype: DType): TypedArray {
  const Type = ARRAYS[dtype];
  return data instanceof Type ? data : Type.from(data);
}

export function viewBytes(buffer: ArrayBuffer, dtype: DType, length: number): TypedArray {
  return new ARRAYS[dtype](buffer, 0, length);
}
