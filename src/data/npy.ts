import { aText, checkAll, bytes as someBytes } from '../tensor/guard';
import { DataError } from './errors';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** So many bytes of a file say how long its header is, in every version of the format. */
export const NPY_PREFIX = 12;
/** Real headers take some hundred bytes; a length past this is not one. */
const MOST_HEADER = 65_536;

/** What a .npy file says of its array. */
export interface NpyHeader {
  /** Element type in NumPy's words, such as `|u1`. */
  readonly dtype: string;
  /** Whether it is column-major. */
  readonly fortranOrder: boolean;
  /** Lengths of the axes. */
  readonly shape: readonly number[];
}

/**
 * Where the elements of an npy file begin, from its first 12 bytes.
 * Source: NumPy, "NEP 1: a simple file format for NumPy arrays", versions 1 to 3.
 *
 * @throws DataError `DATA_FORMAT` (another format or version), `DATA_CUT`
 * @example
 * ```ts
 * const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }`.padEnd(117) + '\n';
 * const prefix = Uint8Array.of(0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length, 0, 0, 0);
 * data.npyDataOffset(prefix, 'x.npy'); // → 128
 * ```
 */
export function npyDataOffset(prefix: Uint8Array, name: string): number {
  checkAll('npyDataOffset', { prefix: [prefix, someBytes], name: [name, aText] });
  if (!MAGIC.every((byte, i) => prefix[i] === byte)) {
    throw new DataError('DATA_FORMAT', {
      file: name,
      expected: 'an npy file (magic 93 4e 55 4d 50 59)',
      found: prefix.length === 0 ? 'an empty file' : `${hex(prefix.subarray(0, MAGIC.length))}`,
    });
  }
  if (prefix.length < NPY_PREFIX) throw cutHeader(name, NPY_PREFIX, prefix.length);
  const major = prefix[6];
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  if (major < 1 || major > 3) {
    throw new DataError('DATA_FORMAT', {
      file: name,
      expected: 'npy of version 1, 2 or 3',
      found: `version ${major}.${prefix[7]}`,
    });
  }
  const [start, length] = major === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (length > MOST_HEADER) {
    throw new DataError('DATA_FORMAT', {
      file: name,
      expected: `an npy header of at most ${MOST_HEADER} bytes`,
      found: `one of ${length}`,
    });
  }
  return start + length;
}

/**
 * Reads the header of an npy file: a Python dictionary of type, order and shape.
 * @param bytes the file up to `npyDataOffset` at least
 * @throws DataError `DATA_FORMAT`, `DATA_CUT`
 * @example
 * ```ts
 * const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }`.padEnd(117) + '\n';
 * const start = Uint8Array.of(0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length, 0);
 * data.parseNpyHeader(Uint8Array.of(...start, ...new TextEncoder().encode(header)), 'x.npy').shape; // → [2, 3]
 * ```
 */
export function parseNpyHeader(bytes: Uint8Array, name: string): NpyHeader {
  checkAll('parseNpyHeader', { bytes: [bytes, someBytes], name: [name, aText] });
  const end = npyDataOffset(bytes.subarray(0, NPY_PREFIX), name);
  if (bytes.length < end) throw cutHeader(name, end, bytes.length);
  const text = new TextDecoder().decode(bytes.subarray(bytes[6] === 1 ? 10 : 12, end));
  const dtype = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (dtype === undefined || order === undefined || shape === undefined) {
    throw new DataError('DATA_FORMAT', {
      file: name,
      field: 'npy header',
      expected: 'one type, the order and the shape of an array',
      found: JSON.stringify(text.trim().slice(0, 120)),
    });
  }
  const sizes = shape.split(',').filter((size) => size.trim() !== '');
  return { dtype, fortranOrder: order === 'True', shape: sizes.map(Number) };
}

/**
 * Number of rows of a file of u8 rows, one after the other.
 * @param fileSize bytes of the whole file
 * @throws DataError `DATA_FORMAT` (another type or order), `DATA_SHAPE`, `DATA_CUT`, `DATA_TRAILING`
 */
export function checkByteRows(
  { dtype, fortranOrder, shape }: NpyHeader,
  { name, width, offset, fileSize }: { name: string; width: number; offset: number; fileSize: number },
): number {
  const wrong = (code: 'DATA_FORMAT' | 'DATA_SHAPE', expected: string, found: string) =>
    new DataError(code, { file: name, field: 'npy header', expected, found });
  if (dtype !== '|u1') throw wrong('DATA_FORMAT', "elements of type '|u1' (unsigned bytes)", `'${dtype}'`);
  if (fortranOrder) throw wrong('DATA_FORMAT', 'rows one after the other (C order)', 'Fortran order');
  const [rows, columns] = shape;
  if (shape.length !== 2 || columns !== width) {
    throw wrong('DATA_SHAPE', `shape (N, ${width})`, `(${shape.join(', ')})`);
  }
  const expected = `${offset + rows * width} bytes for shape (${rows}, ${width})`;
  const found = `${fileSize} bytes`;
  if (fileSize < offset + rows * width) {
    const advice = 'The file is cut short: get it again';
    throw new DataError('DATA_CUT', { file: name, expected, found, advice });
  }
  if (fileSize > offset + rows * width) throw new DataError('DATA_TRAILING', { file: name, expected, found });
  return rows;
}

function cutHeader(file: string, expected: number, found: number): DataError {
  return new DataError('DATA_CUT', {
    file,
    expected: `${expected} bytes of header`,
    found: `${found} bytes`,
    advice: 'The file is cut short: get it again',
  });
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
