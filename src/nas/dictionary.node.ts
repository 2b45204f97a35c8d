import { access } from 'node:fs/promises';
import { readKept, writeKept } from '../data/kept.node';
import { aText, checkArgument } from '../tensor/guard';
import { type Dictionary, merged } from './dictionary';
import { dictionarySchema } from './schemas';

/**
 * Reads a dictionary file; an empty dictionary where there is none yet.
 * @throws DataError on any other content, or a damaged one
 * @example
 * ```ts
 * await nas.readDictionary('nothing-yet.json'); // → {}
 * ```
 */
export async function readDictionary(path: string): Promise<Dictionary> {
  checkArgument('readDictionary', 'path', path, aText);
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  return exists ? (await readKept(path, dictionarySchema)).content : {};
}

/**
 * Writes a dictionary file, all or nothing. What the file knows already stays in it: another run may have added to it.
 * @returns what the file holds now
 * @throws OutputError; DataError, with the file left alone, if it holds anything but a dictionary
 * @example
 * ```ts
 * const cell = nas.makeGenotype(3, 1, { '01': 'none', '02': 'sep_conv_3x3', '12': 'none' });
 * await nas.writeDictionary('cells.json', nas.withEntry({}, '3', cell, 0.97));
 * Object.keys(await nas.readDictionary('cells.json')); // → ['3']
 * ```
 */
export async function writeDictionary(path: string, dictionary: Dictionary): Promise<Dictionary> {
  const all = merged(await readDictionary(path), dictionary);
  await writeKept(path, all);
  return all;
}
