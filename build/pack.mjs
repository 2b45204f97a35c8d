import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';

/** Files that shrink. */
const TEXT = /\.(html|js|css|svg|json)$/;

/**
 * Packs a page's files beside themselves, as .br and .gz, which servers of plain files look for (nginx's gzip_static, and
 * `taskgrad demo`).
 * @returns the .br files
 */
export async function pack(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && TEXT.test(entry.name));
  return Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      const plain = await readFile(path);
      await writeFile(`${path}.gz`, await promisify(gzip)(plain, { level: 9 }));
      await writeFile(`${path}.br`, await promisify(brotliCompress)(plain));
      return `${path}.br`;
    }),
  );
}
