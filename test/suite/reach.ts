import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** No GPU opens, no browser and no other process starts without one of these. */
const DOORS: ReadonlySet<string> = new Set([
  'webgpu',
  'playwright-core',
  '@sparticuz/chromium',
  'esbuild',
  ...['child_process', 'cluster', 'worker_threads'].flatMap((name) => [name, `node:${name}`]),
]);

type Imports = Metafile['inputs'];

/** Every test file, as in 'test/nn/init.test.ts'. */
export const testFiles = (): string[] =>
  readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `test/${file.replaceAll('\\', '/')}`)
    .sort();

/** Which files import which when they run (types are no imports), from those given on. Paths start at the root of the house. */
export async function importsFrom(files: readonly string[], root = ROOT): Promise<Imports> {
  const { metafile } = await build({
    stdin: { contents: files.map((file) => `import './${file}';`).join('\n'), resolveDir: root },
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'es2023',
    packages: 'external',
    loader: { '.wgsl': 'text' },
    logLevel: 'silent',
  });
  return metafile.inputs;
}

/** The way by which a file gets at a GPU, a browser or another process: the files, then the package; undefined if it cannot. */
export function wayOut(imports: Imports, file: string, seen = new Set<string>()): string[] | undefined {
  seen.add(file);
  for (const { path, external } of imports[file]?.imports ?? []) {
    if (external && DOORS.has(path)) return [file, path];
    const rest = external || seen.has(path) ? undefined : wayOut(imports, path, seen);
    if (rest) return [file, ...rest];
  }
  return undefined;
}

/** All test files: those that stay inside JavaScript, which takes seconds, and the rest. */
export async function sortTests(): Promise<{ readonly fast: string[]; readonly slow: string[] }> {
  const files = testFiles();
  const imports = await importsFrom(files);
  const isSlow = (file: string) => wayOut(imports, file) !== undefined;
  return { fast: files.filter((file) => !isSlow(file)), slow: files.filter(isSlow) };
}
