import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The root of the house, from this file and from a bundle of it. */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** A program as one file, to be run in processes of its own. */
export interface Bundled {
  readonly file: string;
  remove(): void;
}

/** Bundles a program as the package is. @param contents its source, with imports from the root of the house on */
export async function bundled(contents: string): Promise<Bundled> {
  // Under node_modules, so that the packages that stay outside the bundle are found.
  const parent = join(ROOT, 'node_modules/.tmp');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'program-'));
  const file = join(folder, 'program.mjs');
  await build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2023',
    packages: 'external',
    loader: { '.wgsl': 'text' },
    outfile: file,
  });
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
