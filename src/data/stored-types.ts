import { fromHalf } from './half';

/** Arrays of the types that are written, and that all others are read as. */
export const ARRAYS = { F32: Float32Array, I32: Int32Array, U32: Uint32Array, U8: Uint8Array };

/** Element types that are written, and that all others are read as. */
export type StoredDtype = keyof typeof ARRAYS;
type Values = InstanceType<(typeof ARRAYS)[StoredDtype]>;

/** Why a value cannot be read: it has no equal in the type that it would be read as. */
interface Reason {
  /** As in 'does not fit i32'. */
  readonly problem: string;
  /** What the file's owner can do, as a sentence. */
  readonly advice: string;
}

/** A value that cannot be read. */
export interface Inexact extends Reason {
  readonly at: number;
  readonly value: number | bigint;
}

/** A type of safetensors files. */
interface FileType {
  readonly bytes: number;
  readonly as: StoredDtype;
  /** The values of a tensor from its own bytes, little-endian: all of them the same numbers, or the first that is not. */
  readonly read: (raw: ArrayBuffer) => Values | Inexact;
}

const LARGE = { advice: 'Save smaller numbers, or leave the tensor out of the file' };
const ROUNDED = {
  problem: 'is not exact in f32',
  advice: 'Save the tensor as float32, which rounds it: x.float() in PyTorch',
};
const NO_TRUTH = { problem: 'is neither 0 nor 1', advice: 'The file is damaged: get it again' };

/** Copies numbers, up to one that becomes another. */
function exactly(
  into: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
  values: ArrayLike<number | bigint>,
  reason: Reason,
): Values | Inexact {
  for (let at = 0; at < into.length; at++) {
    const value = Number(values[at]);
    into[at] = value;
    if (into[at] !== value && !Number.isNaN(value)) return { at, value: values[at], ...reason };
  }
  return into;
}

function truths(bytes: Uint8Array): Values | Inexact {
  const at = bytes.findIndex((byte) => byte > 1);
  return at < 0 ? Int32Array.from(bytes) : { at, value: bytes[at], ...NO_TRUTH };
}

const asItIs = (as: StoredDtype): FileType => ({
  bytes: ARRAYS[as].BYTES_PER_ELEMENT,
  as,
  read: (raw) => new ARRAYS[as](raw),
});

/** How each type of a file is read, by its name there. */
export const FILE_TYPES: Readonly<Record<string, FileType>> = {
  F32: asItIs('F32'),
  I32: asItIs('I32'),
  U32: asItIs('U32'),
  U8: asItIs('U8'),
  F16: { bytes: 2, as: 'F32', read: (raw) => Float32Array.from(new Uint16Array(raw), fromHalf) },
  BF16: {
    bytes: 2,
    as: 'F32',
    // The upper half of an f32.
    read: (raw) => new Float32Array(Uint32Array.from(new Uint16Array(raw), (bits) => bits << 16).buffer),
  },
  F64: {
    bytes: 8,
    as: 'F32',
    read: (raw) => exactly(new Float32Array(raw.byteLength / 8), new Float64Array(raw), ROUNDED),
  },
  I64: {
    bytes: 8,
    as: 'I32',
    read: (raw) =>
      exactly(new Int32Array(raw.byteLength / 8), new BigInt64Array(raw), {
        ...LARGE,
        problem: 'does not fit i32',
      }),
  },
  U64: {
    bytes: 8,
    as: 'U32',
    read: (raw) =>
      exactly(new Uint32Array(raw.byteLength / 8), new BigUint64Array(raw), {
        ...LARGE,
        problem: 'does not fit u32',
      }),
  },
  I16: { bytes: 2, as: 'I32', read: (raw) => Int32Array.from(new Int16Array(raw)) },
  U16: { bytes: 2, as: 'I32', read: (raw) => Int32Array.from(new Uint16Array(raw)) },
  I8: { bytes: 1, as: 'I32', read: (raw) => Int32Array.from(new Int8Array(raw)) },
  BOOL: { bytes: 1, as: 'I32', read: (raw) => truths(new Uint8Array(raw)) },
};
