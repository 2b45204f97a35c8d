import { readFile } from 'node:fs/promises';

/** Where the package is run; each has declarations of its own. */
export const HOSTS = ['node', 'browser'];

/** Files of the package that are imported for what they do, and the file that each is of (`taskgrad/methods`). */
export const EFFECTS = [['methods', 'src/ops/methods']];

/**
 * The namespaces that a host's door exports, and the file that each is of. They are files of the package, too
 * (`taskgrad/ops`): a bundler that cannot take a namespace apart (esbuild) takes these apart.
 * @returns {Promise<[name: string, file: string][]>}
 */
export async function namespacesOf(host) {
  const doors = await Promise.all([`src/${host}.ts`, 'src/api.ts'].map((path) => readFile(path, 'utf8')));
  const found = doors.flatMap((text) => [...text.matchAll(/^export \* as (\w+) from '\.(.+)';$/gm)]);
  return found.map(([, name, path]) => [name, `src${path}`.replace('src./', '')]).toSorted();
}
