import { readFile } from 'node:fs/promises';
import { DataError } from '../data/errors';
import { writeFileAtomic } from '../data/files.node';
import { decodeSafetensors, encodeSafetensors, type LoadedTensor } from '../data/safetensors';
import { checkSingle } from '../tensor/dtype';
import { aFunction, aText, checkAll, mapOf } from '../tensor/guard';
import { anyTensor } from '../tensor/guard-tensor';
import type { Tensor } from '../tensor/tensor';

const META = 'taskgrad';

/** What a checkpoint file holds: named tensors and plain JSON beside them. */
export interface Checkpoint<Meta> {
  readonly tensors: Map<string, LoadedTensor>;
  readonly meta: Meta;
}

/**
 * Reads f32 tensors back from the GPU and writes them with `meta` as one safetensors file, all or nothing.
 * @throws ShapeError on a tensor of another dtype; OutputError if the path cannot be written
 */
export async function saveTensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  meta: unknown = {},
): Promise<void> {
  checkAll('saveTensors', { path: [path, aText], tensors: [tensors, mapOf(anyTensor)] });
  checkSingle('saveTensors', ...tensors.values());
  const stored = new Map(
    await Promise.all(
      [...tensors].map(async ([name, tensor]) => {
        const data = await tensor.data();
        return [name, { dtype: 'F32' as const, shape: [...tensor.shape], data }] as const;
      }),
    ),
  );
  await writeFileAtomic(path, encodeSafetensors(stored, { [META]: JSON.stringify(meta) }));
}

/**
 * Reads what `saveTensors` wrote, or another safetensors file, as of a state dict of PyTorch; for its types see
 * `data.decodeSafetensors`.
 * @param parse checks the JSON beside the tensors, as a zod schema's `parse`
 * @throws DataError if the file is missing, cut or not safetensors; what `parse` throws
 */
export async function loadTensors<Meta>(
  path: string,
  parse: (meta: unknown) => Meta,
): Promise<Checkpoint<Meta>> {
  checkAll('loadTensors', { path: [path, aText], parse: [parse, aFunction] });
  const { tensors, metadata } = decodeSafetensors(await readBytes(path), path);
  return { tensors, meta: parse(parseMeta(path, metadata[META] ?? '{}')) };
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const found = missing ? 'no such file' : reason(cause);
    const problem = { file: path, expected: 'a readable checkpoint', found };
    throw new DataError(missing ? 'DATA_MISSING' : 'DATA_UNREADABLE', problem, { cause });
  }
}

function parseMeta(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const field = `metadata ${META}`;
    throw new DataError('DATA_FORMAT', { file, field, expected: 'JSON', found: reason(cause) }, { cause });
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message.replaceAll('\n', ' ') : String(cause);
}
