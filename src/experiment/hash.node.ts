import { createHash, type Hash } from 'node:crypto';
import { aText, checkArgument } from '../tensor/guard';
import { type DataSet, markDataSet } from './data-set';

/**
 * Data to be given to jobs, such as a `data.Dataset` or what `data.fromArrays` makes: objects, arrays and typed arrays of numbers
 * and texts. It is hashed once, here; keep the result.
 * @param name for messages
 * @throws TypeError on anything that has no content to hash, such as a function
 * @example
 * ```ts
 * const greys = experiment.dataset('greys', { images: Uint8Array.of(0, 255), labels: [0, 1] });
 * greys.sha256 === experiment.dataset('other', { labels: [0, 1], images: Uint8Array.of(0, 255) }).sha256; // → true
 * ```
 */
export function dataset<Content extends object>(name: string, content: Content): DataSet<Content> {
  checkArgument('dataset', 'name', name, aText);
  const hash = createHash('sha256');
  add(hash, content, name);
  return markDataSet({ name, sha256: hash.digest('hex'), content });
}

/** Adds a value to a hash, each with its type and length, so that no two values look the same to it. */
function add(hash: Hash, value: unknown, where: string): void {
  if (ArrayBuffer.isView(value)) {
    hash.update(`${value.constructor.name} ${value.byteLength}\n`);
    hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  } else if (Array.isArray(value)) {
    hash.update(`[${value.length}\n`);
    for (const [i, inner] of value.entries()) add(hash, inner, `${where}[${i}]`);
  } else if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, inner]) => inner !== undefined);
    members.sort(([a], [b]) => (a < b ? -1 : 1));
    hash.update(`{${members.length}\n`);
    for (const [name, inner] of members) {
      hash.update(`${JSON.stringify(name)}\n`);
      add(hash, inner, `${where}.${name}`);
    }
  } else if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') {
    throw new TypeError(
      `dataset: ${where} is a ${typeof value}, expected numbers, texts, arrays or objects of them`,
    );
  } else {
    hash.update(`${typeof value} ${String(value).length} ${String(value)}\n`);
  }
}
