import {
  anObject,
  aText,
  checkAll,
  kind,
  mapOf,
  numbers,
  oneOf,
  options,
  bytes as someBytes,
} from '../tensor/guard';
import { DataError, StoredValueError } from './errors';
import { ARRAYS, FILE_TYPES, type StoredDtype } from './stored-types';

/**
 * The safetensors format: a little-endian u64 with the header's length, the header as JSON padded
 * with spaces to a multiple of 8 bytes, the tensors' bytes end to end without holes. The header maps
 * each name to { dtype, shape, data_offsets }, offsets counted from the header's end.
 * Source: github.com/huggingface/safetensors, README, "Format".
 */

/** What is written: `data` is read as raw bytes, row-major, and has to match dtype and shape. */
export interface StoredTensor {
  /** What the elements are. */
  readonly dtype: StoredDtype;
  /** Lengths of the axes. */
  readonly shape: readonly number[];
  /** The elements. */
  readonly data: ArrayBufferView;
}

/**
 * What is read: the dtype tells the kind of `data`, which is a copy and so always aligned. Other types of the file have
 * been converted to it. Where a value would have changed by that, reading `data` throws a StoredValueError.
 */
export type LoadedTensor = {
  [D in StoredDtype]: {
    readonly dtype: D;
    readonly shape: number[];
    readonly data: InstanceType<(typeof ARRAYS)[D]>;
  };
}[StoredDtype];

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** By name. */
  readonly tensors: Map<string, LoadedTensor>;
  /** Texts beside the tensors. */
  readonly metadata: Record<string, string>;
}

const aStored = options({
  dtype: oneOf('F32', 'I32', 'U32', 'U8'),
  shape: numbers,
  data: kind('a typed array', ArrayBuffer.isView),
});
const METADATA = '__metadata__';
const LENGTH_BYTES = 8;
/** The reference reader refuses longer headers, so neither side should make or trust one. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Encodes tensors by name, and a map of strings beside them. The bytes depend on the content only and
 * not on the map's order: four-byte types come first, which keeps them aligned, then by name.
 *
 * @throws DataError `DATA_SHAPE` when a tensor's bytes do not match its shape, `DATA_FORMAT` for a
 *   tensor named `__metadata__`
 * @example
 * ```ts
 * const bytes = data.encodeSafetensors(
 *   new Map([['w', { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) }]]),
 *   { author: 'me' },
 * );
 * data.decodeSafetensors(bytes, 'w.safetensors').metadata.author; // → 'me'
 * ```
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  checkAll('encodeSafetensors', { tensors: [tensors, mapOf(aStored)], metadata: [metadata, anObject] });
  const entries = [...tensors].sort(
    ([nameA, a], [nameB, b]) => byteSize(b.dtype) - byteSize(a.dtype) || compare(nameA, nameB),
  );
  const header: [string, unknown][] = [];
  const strings = Object.entries(metadata).sort(([a], [b]) => compare(a, b));
  if (strings.length > 0) header.push([METADATA, Object.fromEntries(strings)]);
  let end = 0;
  for (const [name, { dtype, shape, data }] of entries) {
    if (name === METADATA) {
      throw new DataError('DATA_FORMAT', { file: name, expected: 'another tensor name', found: METADATA });
    }
    checkBytes(name, undefined, dtype, shape, data.byteLength);
    header.push([name, { dtype, shape, data_offsets: [end, end + data.byteLength] }]);
    end += data.byteLength;
  }

  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(json.length / LENGTH_BYTES) * LENGTH_BYTES;
  const start = LENGTH_BYTES + headerBytes;
  const bytes = new Uint8Array(start + end);
  new DataView(bytes.buffer).setUint32(0, headerBytes, true);
  bytes.set(json, LENGTH_BYTES);
  bytes.fill(0x20, LENGTH_BYTES + json.length, start);
  let offset = start;
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/**
 * Decodes a whole file and checks all of it: the tensors' byte ranges have to fill the data exactly. F32, I32, U32 and U8
 * are read as they are; F16, BF16 and F64 as F32; I64, I16, I8, U16 and BOOL as I32; U64 as U32; always to the same numbers.
 * A tensor of which a value has no equal there, as 3000000000 of I64, is refused when its `data` is read, so that one that
 * nobody needs does no harm.
 *
 * @param name file name for the messages
 * @throws DataError `DATA_CUT`, `DATA_TRAILING`, `DATA_FORMAT`, `DATA_SHAPE`; later, StoredValueError `DATA_VALUE`
 * @example
 * ```ts
 * const bytes = data.encodeSafetensors(new Map([['w', { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) }]]));
 * const { tensors } = data.decodeSafetensors(bytes, 'w.safetensors');
 * tensors.get('w')?.data; // → [1, 2]
 * ```
 */
export function decodeSafetensors(bytes: Uint8Array, name: string): SafetensorsFile {
  checkAll('decodeSafetensors', { bytes: [bytes, someBytes], name: [name, aText] });
  const { json, start } = readHeader(bytes, name);
  const { [METADATA]: metadata = {}, ...named } = json;
  if (!isStrings(metadata)) throw format(name, METADATA, 'an object of strings', JSON.stringify(metadata));
  const entries = Object.entries(named).map(([key, value]) => asEntry(key, value, name));

  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let filled = 0;
  for (const { key, begin, end } of entries) {
    if (begin !== filled) {
      const found = begin < filled ? `${begin}: it overlaps another` : `${begin}: a hole`;
      throw format(name, `tensor ${key}`, `data to begin at byte ${filled}`, found);
    }
    filled = end;
  }
  const expected = `${start + filled} bytes (${filled} of tensor data)`;
  const found = `${bytes.length} bytes`;
  if (bytes.length < start + filled) throw new DataError('DATA_CUT', { file: name, expected, found });
  if (bytes.length > start + filled) throw new DataError('DATA_TRAILING', { file: name, expected, found });

  const tensors = new Map(
    entries.map((entry) => [
      entry.key,
      load(entry, bytes.subarray(start + entry.begin, start + entry.end), name),
    ]),
  );
  return { tensors, metadata };
}

function load({ key, dtype, shape }: HeaderEntry, bytes: Uint8Array, file: string): LoadedTensor {
  const { as, read } = FILE_TYPES[dtype];
  const data = read(new Uint8Array(bytes).buffer);
  if (!('value' in data)) return { dtype: as, shape, data } as LoadedTensor;
  const error = new StoredValueError(file, key, dtype, data.value, indexOf(data.at, shape), data);
  return {
    dtype: as,
    shape,
    get data(): never {
      throw error;
    },
  };
}

/** Place of an element in a tensor. */
function indexOf(flat: number, shape: readonly number[]): number[] {
  let rest = flat;
  return shape.map((_, axis) => {
    const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
    const index = Math.floor(rest / inner);
    rest -= index * inner;
    return index;
  });
}

interface HeaderEntry {
  readonly key: string;
  /** One of `FILE_TYPES`. */
  readonly dtype: string;
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
}

function readHeader(bytes: Uint8Array, file: string): { json: Record<string, unknown>; start: number } {
  const found = `${bytes.length} bytes`;
  if (bytes.length < LENGTH_BYTES) {
    throw new DataError('DATA_CUT', { file, expected: '8 bytes of header length', found });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > MAX_HEADER_BYTES) {
    throw format(file, 'header', `at most ${MAX_HEADER_BYTES} bytes`, `a length of ${length}`);
  }
  const start = LENGTH_BYTES + length;
  if (bytes.length < start) {
    throw new DataError('DATA_CUT', { file, expected: `${start} bytes of header`, found });
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(LENGTH_BYTES, start)));
  } catch (cause) {
    const problem = { file, field: 'header', expected: 'JSON in UTF-8', found: oneLine(cause) };
    throw new DataError('DATA_FORMAT', problem, { cause });
  }
  if (!isRecord(json)) throw format(file, 'header', 'a JSON object', JSON.stringify(json));
  return { json, start };
}

function asEntry(key: string, value: unknown, file: string): HeaderEntry {
  const field = `tensor ${key}`;
  const { dtype, shape, data_offsets: offsets } = isRecord(value) ? value : {};
  if (!isDtype(dtype)) {
    throw format(file, field, `a dtype of ${Object.keys(FILE_TYPES).join(', ')}`, JSON.stringify(dtype));
  }
  if (!isSizes(shape)) {
    throw format(file, field, 'a shape of non-negative integers', JSON.stringify(shape));
  }
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw format(file, field, 'data_offsets [begin, end]', JSON.stringify(offsets));
  }
  const [begin, end] = offsets;
  checkBytes(file, field, dtype, shape, end - begin);
  return { key, dtype, shape, begin, end };
}

function checkBytes(
  file: string,
  field: string | undefined,
  dtype: string,
  shape: readonly number[],
  bytes: number,
): void {
  const needed = shape.reduce((product, size) => product * size, FILE_TYPES[dtype].bytes);
  if (bytes === needed) return;
  const expected = `${needed} bytes for ${dtype} [${shape.join(', ')}]`;
  throw new DataError('DATA_SHAPE', { file, field, expected, found: `${bytes} bytes` });
}

function format(file: string, field: string, expected: string, found: string | undefined): DataError {
  return new DataError('DATA_FORMAT', { file, field, expected, found: found ?? 'nothing' });
}

function oneLine(cause: unknown): string {
  return cause instanceof Error ? cause.message.replaceAll('\n', ' ') : String(cause);
}

function byteSize(dtype: StoredDtype): number {
  return ARRAYS[dtype].BYTES_PER_ELEMENT;
}

/** By code unit, the same on every machine, which `localeCompare` is not. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStrings(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isDtype(value: unknown): value is string {
  return typeof value === 'string' && Object.hasOwn(FILE_TYPES, value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
