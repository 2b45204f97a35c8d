import { TaskgradError } from '../../runtime/errors';
import { ArgumentError, shown } from './guard';
import { type Shape, ShapeError, sizeOf } from './shape';

/**
 * Element types. Two are storage: `f16` for floats, which kernels widen as they read it, and `u8` for images, four elements
 * a word, read only by kernels that unpack it.
 */
export type DType = 'f32' | 'f16' | 'i32' | 'u32' | 'u8';

/** Names by which PyTorch and NumPy users know the types, and their own names. */
const DTYPES = {
  f32: 'f32',
  f16: 'f16',
  i32: 'i32',
  u32: 'u32',
  u8: 'u8',
  float32: 'f32',
  float: 'f32',
  float16: 'f16',
  half: 'f16',
  int32: 'i32',
  int: 'i32',
  uint32: 'u32',
  uint8: 'u8',
} as const satisfies Record<string, DType>;
/** An element type, or another name for it: 'float32' and 'float' for 'f32', 'int32' for 'i32', and so on. */
export type DTypeName = keyof typeof DTYPES;

/** The element type of a name. @throws ArgumentError that lists what there is */
export function dtypeNamed(op: string, name: DTypeName): DType {
  if (Object.hasOwn(DTYPES, name)) return DTYPES[name];
  throw new ArgumentError(op, 'dtype', shown(name), "'f32', 'f16', 'i32', 'u32' or 'u8'");
}

/** What `data()` gives: by the element type, f16 as f32. */
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

/** Anything of an element type. */
export interface Typed {
  /** Its element type. */
  readonly dtype: DType;
}

const IMAGES = 'a u8 tensor is storage for images; gather it into f32 first';

/** How to get from one element type to another. */
function adviceFor(name: string, given: DType, expected: readonly DType[]): string {
  if (given === 'u8') return IMAGES;
  if (expected.includes('f32')) return `convert it: ops.cast(${name}, 'f32')`;
  return expected.includes('i32') ? 'use an Int32Array' : `make it of ${expected.join(' or ')}`;
}

/** A tensor of another element type than is read. It is refused where the op is called, and is a ShapeError too. */
export class DTypeError extends ShapeError {
  /** The element type of the tensor that was given. */
  readonly given: DType;

  /**
   * @param argument name of the tensor; undefined where the caller knows none
   * @param what the expected types in words
   */
  constructor(
    /** The op that was called. */
    readonly op: string,
    readonly argument: string | undefined,
    given: Typed,
    /** What it may be. */
    readonly expected: readonly DType[],
    what = expected.join(' or '),
  ) {
    const { dtype } = given;
    const message =
      argument === undefined
        ? dtype === 'u8'
          ? IMAGES
          : `expects ${what} tensors, got ${dtype}`
        : `${argument} must be ${what}, got ${given}; ${adviceFor(argument, dtype, expected)}`;
    super(`${op}: ${message}`, 'DTYPE');
    this.given = dtype;
  }
}

const checker =
  (what: string, ...expected: readonly DType[]) =>
  (op: string, ...operands: readonly Typed[]): void => {
    for (const operand of operands)
      if (!expected.includes(operand.dtype)) throw new DTypeError(op, undefined, operand, expected, what);
  };

/** Checks that operands are f32, or f16 which is widened to it. @throws DTypeError */
export const checkFloat = checker('f32', 'f32', 'f16');

/** Checks that operands are f32 and nothing else. @throws DTypeError */
export const checkSingle = checker('f32', 'f32');

/** Checks that a kernel which moves words of 32 bits is not given packed bytes. @throws DTypeError */
export const checkWords = checker('words of 32 bits in', 'f32', 'f16', 'i32', 'u32');

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
