import { aText, checkAll, bytes as someBytes } from '../tensor/guard';
import { DataError } from './errors';

const TYPE_U8 = 0x08;

/** Element types of the format that exist but are not read here, for the message. */
const OTHER_TYPES: Readonly<Record<number, string>> = {
  9: 'i8',
  11: 'i16',
  12: 'i32',
  13: 'f32',
  14: 'f64',
};

/** An array of bytes out of an IDX file. */
export interface IdxArray {
  /** Lengths of the axes. */
  readonly shape: number[];
  /** Row-major elements: a view of the bytes given to `parseIdx`, not a copy. */
  readonly data: Uint8Array;
}

/** So many bytes of a file hold its header, whatever number of dimensions it has. */
export const IDX_HEAD = 4 + 4 * 255;

export interface IdxHeader {
  readonly shape: number[];
  /** Of the header. */
  readonly start: number;
  /** Of the whole file. */
  readonly bytes: number;
}

/**
 * Reads the header of an IDX file of unsigned bytes: two zero bytes, the element type, the number of dimensions, each
 * dimension as a big-endian u32.
 *
 * @param bytes the file up to the elements at least
 * @param name file name for the messages
 * @throws DataError `DATA_FORMAT` (wrong magic or type), `DATA_CUT`
 */
export function parseIdxHeader(bytes: Uint8Array, name: string): IdxHeader {
  if (bytes.length < 4) throw cut(name, 'at least 4 bytes of header', bytes.length);
  const [zero0, zero1, type, dimensions] = bytes;
  if (zero0 !== 0 || zero1 !== 0 || dimensions === 0) {
    throw new DataError('DATA_FORMAT', {
      file: name,
      expected: 'an IDX file (magic 00 00 08 and the number of dimensions)',
      found: `magic ${hex(bytes.subarray(0, 4))}`,
    });
  }
  if (type !== TYPE_U8) {
    throw new DataError('DATA_FORMAT', {
      file: name,
      expected: 'IDX elements of type u8 (0x08)',
      found: `${OTHER_TYPES[type] ?? 'unknown type'} (0x${hex(bytes.subarray(2, 3))})`,
    });
  }
  const start = 4 + 4 * dimensions;
  if (bytes.length < start) throw cut(name, `${start} bytes of header`, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  return { shape, start, bytes: start + shape.reduce((product, size) => product * size, 1) };
}

/**
 * Reads an IDX file of unsigned bytes, the format of MNIST: the header, then the elements.
 * Source: LeCun, Cortes, Burges, "The MNIST database".
 *
 * @param name file name for the messages
 * @throws DataError `DATA_FORMAT` (wrong magic or type), `DATA_CUT`, `DATA_TRAILING`
 * @example
 * ```ts
 * const bytes = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 9); // unsigned bytes, 1 axis of length 2
 * data.parseIdx(bytes, 'labels').data; // → [7, 9]
 * ```
 */
export function parseIdx(bytes: Uint8Array, name: string): IdxArray {
  checkAll('parseIdx', { bytes: [bytes, someBytes], name: [name, aText] });
  const { shape, start, bytes: whole } = parseIdxHeader(bytes, name);
  const expected = `${whole} bytes for shape [${shape.join(', ')}]`;
  if (bytes.length < whole) throw cut(name, expected, bytes.length);
  if (bytes.length > whole) {
    throw new DataError('DATA_TRAILING', { file: name, expected, found: `${bytes.length} bytes` });
  }
  return { shape, data: new Uint8Array(bytes.buffer, bytes.byteOffset + start, whole - start) };
}

function cut(file: string, expected: string, length: number): DataError {
  return new DataError('DATA_CUT', {
    file,
    expected,
    found: `${length} bytes`,
    advice: 'The file is cut short: get it again',
  });
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
