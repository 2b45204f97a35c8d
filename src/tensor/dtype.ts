/** Element types. `u8` is storage for images: four elements a word, read only by kernels that unpack it. */
export type DType = 'f32' | 'i32' | 'u32' | 'u8';

export type TypedArray =
  | Float32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

/** What a tensor may be made from; a plain array becomes f32. */
export type TensorData = TypedArray | readonly number[];

const ARRAYS = { f32: Float32Array, i32: Int32Array, u32: Uint32Array, u8: Uint8Array } as const;

export const bytesPerElement = (dtype: DType): number => ARRAYS[dtype].BYTES_PER_ELEMENT;

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
