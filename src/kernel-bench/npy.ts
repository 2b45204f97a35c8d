import type { ScalarType } from '../../runtime/wgsl/layout';
import { npyDataOffset, parseNpyHeader } from '../data/npy';
import { arrayFrom, countOf, type HostArray } from './array';
import { KernelError } from './errors';

const DTYPES: Readonly<Record<ScalarType, string>> = { f32: '<f4', i32: '<i4', u32: '<u4', f16: '<f2' };
const HEADER_STEP = 64;

/** How NumPy's other types are read; they are converted. */
const CONVERTED: Readonly<
  Record<string, { bytes: number; type: ScalarType; read: (view: DataView, at: number) => number }>
> = {
  '<f8': { bytes: 8, type: 'f32', read: (view, at) => view.getFloat64(at, true) },
  '<i8': { bytes: 8, type: 'i32', read: (view, at) => Number(view.getBigInt64(at, true)) },
  '<u8': { bytes: 8, type: 'u32', read: (view, at) => Number(view.getBigUint64(at, true)) },
  '|u1': { bytes: 1, type: 'u32', read: (view, at) => view.getUint8(at) },
  '|i1': { bytes: 1, type: 'i32', read: (view, at) => view.getInt8(at) },
  '|b1': { bytes: 1, type: 'u32', read: (view, at) => view.getUint8(at) },
};

/** Whether a type holds a whole number; floats are rounded to f32. */
const isHeld = (value: number, type: ScalarType): boolean =>
  type === 'i32' ? value === (value | 0) : type !== 'u32' || value === value >>> 0;

/** A .npy file as NumPy's `save` writes it, version 1.0. */
export function encodeNpy({ type, shape, bytes }: HostArray): Uint8Array {
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '${DTYPES[type]}', 'fortran_order': False, 'shape': (${dims}), }`;
  const length = Math.ceil((10 + dictionary.length + 1) / HEADER_STEP) * HEADER_STEP;
  const file = new Uint8Array(length + bytes.length);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(file.buffer).setUint16(8, length - 10, true);
  file.set(new TextEncoder().encode(`${dictionary.padEnd(length - 11)}\n`), 10);
  file.set(bytes, length);
  return file;
}

/** @throws DataError on another format; KernelError on a type, an order or a value that is not read, or a file cut short */
export function decodeNpy(file: Uint8Array, name: string): HostArray {
  const { dtype, fortranOrder, shape } = parseNpyHeader(file, name);
  if (fortranOrder) throw new KernelError(`${name} is in Fortran order; save np.ascontiguousarray(x)`);
  const data = file.slice(npyDataOffset(file, name));
  const type = (Object.keys(DTYPES) as ScalarType[]).find((scalar) => DTYPES[scalar] === dtype);
  const converted = CONVERTED[dtype];
  if (!type && !converted)
    throw new KernelError(
      `${name} holds ${dtype}; f4, f2, f8, i1 to i8 and u1 to u8 in little-endian are read`,
    );
  const size = converted?.bytes ?? (type === 'f16' ? 2 : 4);
  if (data.length !== countOf(shape) * size) {
    const expected = countOf(shape) * size;
    throw new KernelError(`${name} has ${data.length} bytes of data, ${expected} expected by its shape`);
  }
  if (type) return { type, shape, bytes: data };
  const view = new DataView(data.buffer);
  return arrayFrom(converted.type, shape, (i) => {
    const value = converted.read(view, i * size);
    if (isHeld(value, converted.type)) return value;
    throw new KernelError(
      `${name} holds ${value} at element ${i} of ${dtype}, which does not fit ${converted.type}; save smaller numbers`,
    );
  });
}
