import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { KernelError } from '../../kernel-bench/errors';
import type { BindOption } from './parse';

interface NamedFile {
  readonly name: string;
  readonly path: string;
}

/** Options that name files. */
interface Paths {
  readonly bind: readonly BindOption[];
  readonly save: readonly NamedFile[];
  readonly expect: readonly NamedFile[];
}

/**
 * The options of a shader's own `//#bench` lines, their paths from its folder on. A shader comes from anywhere, and is
 * run to be looked at: what it names is in its own folder, links followed, and what it writes is a .npy file.
 * @throws KernelError where it is not
 */
export function inOwnFolder<T extends Paths>(options: T, shader: string): T {
  const at = (option: string, path: string) => ownPath(shader, option, path);
  return {
    ...options,
    bind: options.bind.map((one) =>
      typeof one.fill === 'object' ? { ...one, fill: { file: at('--bind', one.fill.file) } } : one,
    ),
    expect: options.expect.map((one) => ({ ...one, path: at('--expect', one.path) })),
    save: options.save.map((one) => {
      if (!one.path.endsWith('.npy'))
        throw refused(shader, '--save', one.path, 'a file whose name ends in .npy');
      return { ...one, path: at('--save', one.path) };
    }),
  };
}

function ownPath(shader: string, option: string, path: string): string {
  const folder = dirname(resolve(shader));
  const found = join(folder, path);
  const inside = isAbsolute(path) ? '' : relative(realPath(folder), realPath(found));
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside))
    throw refused(shader, option, path, 'a file in its own folder');
  return found;
}

/** Where a path leads when links are followed. What is not there yet would lie in a folder that is. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}

const refused = (shader: string, option: string, path: string, expected: string) =>
  new KernelError(
    `${shader}, its //#bench lines: ${option} names ${path}, expected ${expected}; give ${option} on the command line to go beyond that`,
  );
