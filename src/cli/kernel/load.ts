import { readFile } from 'node:fs/promises';
import { bytesOf, type ScalarType } from '../../../runtime/wgsl/layout';
import { arrayFrom, countOf, type HostArray, shapeText, valuesOf } from './array';
import { KernelError } from './errors';
import { decodeNpy } from './npy';
import type { BindSpec } from './spec';

/** Makes an array of a file that was read; `fallback` is the shader's own type. */
export type Reader = (spec: BindSpec, fallback: ScalarType) => HostArray;

/** Reads the files that --bind names, once each. @throws KernelError if one cannot be read */
export async function readFiles(bind: readonly BindSpec[]): Promise<ReadonlyMap<string, Reader>> {
  const readers = new Map<string, Reader>();
  for (const { fill } of bind) {
    if (fill?.kind !== 'file' || readers.has(fill.path)) continue;
    const bytes = await readBytes(fill.path);
    readers.set(fill.path, (spec, fallback) => arrayOf(fill.path, bytes, spec, fallback));
  }
  return readers;
}

/** @throws KernelError, DataError if there is no such .npy file */
export const readNpy = async (path: string): Promise<HostArray> => decodeNpy(await readBytes(path), path);

function arrayOf(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  { type, shape }: BindSpec,
  fallback: ScalarType,
): HostArray {
  const read = path.endsWith('.npy') ? decodeNpy(bytes, path) : rawArray(path, bytes, type ?? fallback);
  if (shape && countOf(shape) !== countOf(read.shape))
    throw new KernelError(`${path} holds ${shapeText(read)}, but [${shape.join(',')}] was asked for`);
  const values = valuesOf(read);
  const wanted = type ?? read.type;
  const typed = wanted === read.type ? read : arrayFrom(wanted, read.shape, (i) => values[i]);
  return shape ? { ...typed, shape } : typed;
}

function rawArray(path: string, bytes: Uint8Array<ArrayBuffer>, type: ScalarType): HostArray {
  const size = bytesOf(type);
  if (bytes.length === 0 || bytes.length % size !== 0)
    throw new KernelError(`${path} has ${bytes.length} bytes, which is no whole number of ${type} from 1`);
  return { type, shape: [bytes.length / size], bytes };
}

async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const why = code === 'ENOENT' ? 'there is no such file' : code;
    throw new KernelError(`cannot read ${path}: ${why}`, { cause });
  }
}
