import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Encoding } from './request';

export interface PageFile {
  readonly type: string;
  readonly content: Uint8Array;
  /** How the content is packed; undefined for plain. */
  readonly encoding?: Encoding;
}

/** Endings of files that the build has packed, beside those that they are of. */
const PACKED: Readonly<Record<Encoding, string>> = { br: '.br', gzip: '.gz' };

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

interface Kept {
  readonly stamp: string;
  readonly content: Promise<Uint8Array>;
}

/**
 * The files of a built page. Only names that are in the folder or in one inside it are ever looked for, so that no path
 * leads out of it. A rebuilt file is read anew; until then each is kept, packed and unpacked. What the build has packed is
 * sent as it is.
 *
 * Done by hand: npm `sirv` lets a range or a file that cannot be read end the process.
 */
export class PageFiles {
  readonly #folder: string;
  readonly #kept = new Map<string, Kept>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Undefined where there is no such file. `path` begins with a slash. */
  async find(path: string, encodings: readonly Encoding[]): Promise<PageFile | undefined> {
    const name = path === '/' ? 'index.html' : path.slice(1);
    if (!(await this.#has(name))) return undefined;
    const type = TYPES[extname(name)] ?? 'application/octet-stream';
    const { mtimeMs, size } = await stat(join(this.#folder, name));
    for (const encoding of encodings) {
      const packed = `${name}${PACKED[encoding]}`;
      if (!(await this.#has(packed))) continue;
      const about = await stat(join(this.#folder, packed));
      if (about.mtimeMs < mtimeMs) continue; // of an older build
      return {
        type,
        encoding,
        content: await this.#content(packed, `${about.mtimeMs} ${about.size}`, false),
      };
    }
    const zipped = encodings.includes('gzip');
    return {
      type,
      encoding: zipped ? 'gzip' : undefined,
      content: await this.#content(name, `${mtimeMs} ${size}`, zipped),
    };
  }

  /** Whether there is a file of this name. A link is none. */
  async #has(name: string): Promise<boolean> {
    const parts = name.split('/');
    for (const [depth, part] of parts.entries()) {
      const folder = join(this.#folder, ...parts.slice(0, depth));
      const entry = (await readdir(folder, { withFileTypes: true })).find((one) => one.name === part);
      const isLast = depth === parts.length - 1;
      if (!(isLast ? entry?.isFile() : entry?.isDirectory())) return false;
    }
    return true;
  }

  #content(name: string, stamp: string, zipped: boolean): Promise<Uint8Array> {
    const key = `${zipped ? 'gzip' : 'plain'} ${name}`;
    const known = this.#kept.get(key);
    if (known?.stamp === stamp) return known.content;
    const content = zipped
      ? this.#content(name, stamp, false).then((plain) => promisify(gzip)(plain))
      : readFile(join(this.#folder, name));
    this.#kept.set(key, { stamp, content });
    content.catch(() => this.#kept.delete(key)); // who asks next, reads again
    return content;
  }
}
