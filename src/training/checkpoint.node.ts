import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { DataError } from '../data/errors';
import { writeFileAtomic } from '../data/files.node';
import { checkIdentity, checkSum, type Identity, sha256 } from '../data/kept.node';
import {
  decodeSafetensors,
  encodeSafetensors,
  type LoadedTensor,
  type SafetensorsFile,
  type StoredTensor,
} from '../data/safetensors';
import { checkSingle } from '../tensor/dtype';
import { aFlag, aFunction, anObject, aText, checkAll, kind, mapOf, optional, options } from '../tensor/guard';
import { anyTensor } from '../tensor/guard-tensor';
import type { Tensor } from '../tensor/tensor';

const META = 'taskgrad';
/** What the file is of. */
const OF = 'taskgrad.of';
const SUMS = 'taskgrad.sha256';
const identitySchema = z.record(z.string(), z.unknown());
const sumsByName = z.record(z.string(), z.string());
/** Checksums: of each tensor and of each text that a caller gave, by their names, and of all else. */
const sumsSchema = z.object({ tensors: sumsByName, rest: z.string(), texts: sumsByName.optional() });

/** What a checkpoint file holds: named tensors and plain JSON beside them. */
export interface Checkpoint<Meta> {
  /** By name. */
  readonly tensors: Map<string, LoadedTensor>;
  /** What `parse` made of the JSON. */
  readonly meta: Meta;
  /** Whether checksums were found, and are right. Files of version 0.1 and of other programs have none. */
  readonly isChecked: boolean;
}

/** How a checkpoint is kept. */
export interface KeepOptions {
  /** What it is of: a file of something else is not read in its place. Plain JSON. */
  readonly of?: Identity;
  /** Whether the file that was there stays, as `path.previous`; default false. */
  readonly keepPrevious?: boolean;
  /** More texts of the file's header by their names, for other readers. */
  readonly metadata?: Readonly<Record<string, string>>;
}
const someTexts = kind(
  'an object of texts',
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((text) => typeof text === 'string'),
);
const keepOptions = options({
  of: optional(anObject),
  keepPrevious: optional(aFlag),
  metadata: optional(someTexts),
});

/**
 * Reads f32 tensors back from the GPU and writes them with `meta` as one safetensors file, all or nothing. Each tensor has
 * a checksum in it, and all else has one.
 * @throws ShapeError on a tensor of another dtype; OutputError if the path cannot be written
 * @example
 * ```ts
 * const net = new nn.Linear(gpu, 2, 1);
 * await training.saveTensors('linear.safetensors', net.stateDict(), { epoch: 3 });
 * const { tensors } = await training.loadTensors('linear.safetensors', () => undefined);
 * tensors.get('weight')?.shape; // → [1, 2]
 * ```
 */
export async function saveTensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  meta: unknown = {},
  keep: KeepOptions = {},
): Promise<void> {
  checkAll('saveTensors', {
    path: [path, aText],
    tensors: [tensors, mapOf(anyTensor)],
    options: [keep, keepOptions],
  });
  checkSingle('saveTensors', ...tensors.values());
  const stored = new Map(
    await Promise.all(
      [...tensors].map(async ([name, tensor]) => {
        const data = await tensor.data();
        return [name, { dtype: 'F32' as const, shape: [...tensor.shape], data }] as const;
      }),
    ),
  );
  const { of = {}, metadata = {} } = keep;
  const own = { [META]: JSON.stringify(meta), [OF]: JSON.stringify(of) };
  const texts = Object.fromEntries(Object.entries(metadata).map(([name, text]) => [name, sha256(text)]));
  const sums = { tensors: sumsOf(stored), rest: sha256(restOf(own, stored)), texts };
  const content = encodeSafetensors(stored, { ...metadata, ...own, [SUMS]: JSON.stringify(sums) });
  await writeFileAtomic(path, content, keep);
}

/**
 * Reads what `saveTensors` wrote, or another safetensors file, as of a state dict of PyTorch; for its types see
 * `data.decodeSafetensors`.
 * @param parse checks the JSON beside the tensors, as a zod schema's `parse`
 * @param of what it should be of, as it was saved
 * @throws DataError if the file is missing, cut or not safetensors; `DATA_DAMAGED` naming the tensor where a checksum is
 *   another; `DATA_OTHER` where it is of something else; what `parse` throws
 * @example
 * ```ts
 * await training.saveTensors('net.safetensors', new Map([['w', gpu.tensor([1, 2])]]), { epoch: 3 });
 * const { tensors, meta } = await training.loadTensors('net.safetensors', (read) => read as { epoch: number });
 * tensors.get('w')?.data; // → [1, 2]
 * meta.epoch; // → 3
 * ```
 */
export async function loadTensors<Meta>(
  path: string,
  parse: (meta: unknown) => Meta,
  of?: Identity,
): Promise<Checkpoint<Meta>> {
  checkAll('loadTensors', {
    path: [path, aText],
    parse: [parse, aFunction],
    of: [of, optional(anObject)],
  });
  const content = decodeSafetensors(await readBytes(path), path);
  const isChecked = checkSums(path, content);
  const { tensors, metadata } = content;
  const { [OF]: written } = metadata;
  if (of && written !== undefined)
    checkIdentity(path, identitySchema.parse(parseMeta(path, OF, written)), of);
  return { tensors, meta: parse(parseMeta(path, META, metadata[META] ?? '{}')), isChecked };
}

const sumsOf = (tensors: ReadonlyMap<string, StoredTensor>): Record<string, string> =>
  Object.fromEntries([...tensors].map(([name, { data }]) => [name, sha256(data)]));

/** All that a checkpoint says beside the numbers of its tensors, in one order. */
function restOf(
  texts: Readonly<Record<string, string>>,
  tensors: ReadonlyMap<string, Pick<StoredTensor, 'dtype' | 'shape'>>,
): string {
  const names = [...tensors.keys()].sort();
  const shapes = names.map((name) => [name, tensors.get(name)?.dtype, tensors.get(name)?.shape]);
  return JSON.stringify([texts[META], texts[OF], shapes]);
}

/**
 * Whether a file has checksums; they are compared with its tensors where these lie.
 * @throws DataError `DATA_DAMAGED` where one is another
 */
export function checkSums(file: string, { tensors, metadata }: SafetensorsFile): boolean {
  if (!Object.hasOwn(metadata, SUMS)) return false;
  const { data: sums } = sumsSchema.safeParse(parseMeta(file, SUMS, metadata[SUMS]));
  checkSum(file, 'header', sums?.rest, restOf(metadata, tensors));
  for (const [name, sum] of Object.entries(sums?.texts ?? {}))
    checkSum(file, `metadata ${name}`, sum, metadata[name] ?? '');
  for (const [name, { data }] of tensors) checkSum(file, `tensor ${name}`, sums?.tensors[name], data);
  return true;
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

function parseMeta(file: string, key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const field = `metadata ${key}`;
    throw new DataError('DATA_FORMAT', { file, field, expected: 'JSON', found: reason(cause) }, { cause });
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message.replaceAll('\n', ' ') : String(cause);
}
