import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../data/files.node';
import { decodeSafetensors, encodeSafetensors, type LoadedTensor } from '../data/safetensors';
import type { Tensor } from '../tensor/tensor';

/** What a checkpoint file holds: named tensors and plain JSON beside them. */
export interface Checkpoint<Meta> {
  readonly tensors: Map<string, LoadedTensor>;
  readonly meta: Meta;
}

/** Reads f32 tensors back from the GPU and writes them with `meta` as one safetensors file, all or nothing. */
export async function saveTensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  meta: unknown = {},
): Promise<void> {
  const stored = new Map(
    await Promise.all(
      [...tensors].map(async ([name, tensor]) => {
        const data = await tensor.data();
        return [name, { dtype: 'F32' as const, shape: [...tensor.shape], data }] as const;
      }),
    ),
  );
  await writeFileAtomic(path, encodeSafetensors(stored, { taskgrad: JSON.stringify(meta) }));
}

/**
 * Reads what `saveTensors` wrote.
 * @param parse checks the JSON beside the tensors, as a zod schema's `parse`
 * @throws DataError if the file is missing, cut or not safetensors
 */
export async function loadTensors<Meta>(
  path: string,
  parse: (meta: unknown) => Meta,
): Promise<Checkpoint<Meta>> {
  const { tensors, metadata } = decodeSafetensors(await readFile(path), path);
  return { tensors, meta: parse(JSON.parse(metadata.taskgrad ?? '{}')) };
}
