import { access } from 'node:fs/promises';
import { readJson, writeFileAtomic } from '../data/files.node';
import { type Dictionary, dictionarySchema } from './dictionary';

/** Reads a dictionary file; an empty dictionary where there is none yet. @throws DataError on any other content */
export async function readDictionary(path: string): Promise<Dictionary> {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  return exists ? readJson(path, dictionarySchema) : {};
}

/** Writes a dictionary file, all or nothing. @throws OutputError */
export async function writeDictionary(path: string, dictionary: Dictionary): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(dictionary, null, 2)}\n`);
}
