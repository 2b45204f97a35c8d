import { readFile } from 'node:fs/promises';
import { aText, checkArgument } from '../tensor/guard';
import type { HostArray, RawArray } from './array';
import { KernelError } from './errors';
import { decodeNpy } from './npy';

/** The numbers of a .npy file, or the bytes of any other. @throws KernelError, DataError if it cannot be read */
export async function readArray(path: string): Promise<HostArray | RawArray> {
  return path.endsWith('.npy') ? readNpy(path) : { bytes: await readBytes(path), file: path };
}

/**
 * @throws KernelError, DataError if there is no such .npy file
 * @example
 * ```ts
 * const { shape } = await readNpy('x.npy');
 * shape; // → [2, 3]
 * ```
 */
export async function readNpy(path: string): Promise<HostArray> {
  checkArgument('readNpy', 'path', path, aText);
  return { ...decodeNpy(await readBytes(path), path), file: path };
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
