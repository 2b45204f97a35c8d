import { createHash } from 'node:crypto';
import { type ZodType, z } from 'zod';
import { firstDifference } from './difference.node';
import { DataError, type DataErrorCode } from './errors';
import { checkJson, parseJson, readJson, writeFileAtomic } from './files.node';

/**
 * What a kept file is of: seed, settings, task. It is plain JSON and kept in the file, so that a file of something else is
 * not taken for it, whatever its name.
 */
export type Identity = Readonly<Record<string, unknown>>;

const envelopeSchema = z.strictObject({
  sha256: z.string(),
  of: z.record(z.string(), z.unknown()),
  content: z.unknown(),
});
const ADVICE = 'Its bytes are not those that were written';
/** What a file says that is not whole. */
const DAMAGES: readonly DataErrorCode[] = [
  'DATA_CUT',
  'DATA_TRAILING',
  'DATA_FORMAT',
  'DATA_SHAPE',
  'DATA_DAMAGED',
];

export const isDamage = (error: unknown): error is DataError =>
  error instanceof DataError && DAMAGES.some((code) => code === error.code);

export function sha256(content: string | ArrayBufferView): string {
  const hash = createHash('sha256');
  if (typeof content === 'string') hash.update(content);
  else hash.update(new Uint8Array(content.buffer, content.byteOffset, content.byteLength));
  return hash.digest('hex');
}

/** Writes JSON with its checksum, and what it is of. For `keepPrevious` see `writeFileAtomic`. @throws OutputError */
export async function writeKept(
  path: string,
  content: unknown,
  { of = {}, keepPrevious = false }: { readonly of?: Identity; readonly keepPrevious?: boolean } = {},
): Promise<void> {
  await writeFileAtomic(path, keptText(content, of), { keepPrevious });
}

/** JSON with its checksum, as `writeKept` writes it. */
export function keptText(content: unknown, of: Identity = {}): string {
  const sum = sha256(JSON.stringify([of, content]));
  return `${JSON.stringify({ sha256: sum, of, content }, null, 1)}\n`;
}

/** What was kept, and whether it was checked: files of version 0.1 have no checksum. */
export interface Kept<T> {
  readonly content: T;
  readonly isChecked: boolean;
}

/**
 * Reads what `writeKept` wrote, or JSON without a checksum.
 * @param of what it should be of, as it was written; left out, it may be of anything
 * @throws DataError that names the file; `DATA_DAMAGED` where the checksum is another, `DATA_OTHER` if it is of something else
 */
export async function readKept<T>(path: string, schema: ZodType<T>, of?: Identity): Promise<Kept<T>> {
  return checkKept(path, await readJson(path, z.unknown()), schema, of);
}

/** The same of text that was read from elsewhere. @param name for messages */
export const parseKept = <T>(name: string, text: string, schema: ZodType<T>): Kept<T> =>
  checkKept(name, parseJson(name, text), schema);

function checkKept<T>(path: string, value: unknown, schema: ZodType<T>, of?: Identity): Kept<T> {
  const { success, data } = envelopeSchema.safeParse(value);
  if (!success) return { content: checkJson(path, value, schema), isChecked: false };
  checkSum(path, 'content', data.sha256, JSON.stringify([data.of, data.content]));
  if (of) checkIdentity(path, data.of, of);
  return { content: checkJson(path, data.content, schema), isChecked: true };
}

/** @throws DataError `DATA_DAMAGED` */
export function checkSum(
  file: string,
  field: string,
  expected: string | undefined,
  content: string | ArrayBufferView,
): void {
  const found = sha256(content);
  if (expected === found) return;
  throw new DataError('DATA_DAMAGED', {
    file,
    field,
    expected: expected === undefined ? 'a checksum' : `SHA-256 ${expected.slice(0, 16)}…`,
    found: `${found.slice(0, 16)}…`,
    advice: ADVICE,
  });
}

/** @throws DataError `DATA_OTHER` that names the first difference */
export function checkIdentity(file: string, was: Identity, is: Identity): void {
  const difference = firstDifference(was, JSON.parse(JSON.stringify(is)));
  if (difference === undefined) return;
  throw new DataError(
    'DATA_OTHER',
    { file, expected: 'a file of the same run', found: difference },
    {
      message: `${file}: this is of another run, with ${difference}; go on with the same settings, or choose another --out`,
    },
  );
}
