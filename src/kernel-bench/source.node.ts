import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { aText, checkArgument } from '../tensor/guard';
import { KernelError } from './errors';
import { expanded, type ShaderSource, snippet } from './source';

/**
 * Reads a WGSL file for `benchKernel` and expands its `//#import name` lines: from name.wgsl beside it or in snippets/
 * there, else from the snippets that taskgrad brings along.
 * @throws KernelError if the file or a snippet is missing
 * @example
 * ```ts
 * const { code, files } = await readShader('saxpy.wgsl');
 * files; // → ['saxpy.wgsl']
 * ```
 */
export async function readShader(file: string): Promise<ShaderSource> {
  checkArgument('readShader', 'file', file, aText);
  return expanded(await read(file), file, async (name, line) => {
    const places = [join(dirname(file), `${name}.wgsl`), join(dirname(file), 'snippets', `${name}.wgsl`)];
    const found = places.find((path) => existsSync(path));
    if (found !== undefined) return { text: await read(found), file: found };
    return snippet(
      name,
      `${file}:${line}`,
      places.map((path) => relative('', path)),
    );
  });
}

async function read(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replaceAll('\r\n', '\n');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const why = code === 'ENOENT' ? 'there is no such file' : code;
    throw new KernelError(`cannot read ${file}: ${why}`, { cause });
  }
}
