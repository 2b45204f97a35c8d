import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The options that `npm run bundle` builds with. */
async function buildOptions(): Promise<Record<'node' | 'browser' | 'worker' | 'demo', BuildOptions>> {
  return import(String(new URL('../../esbuild.config.mjs', import.meta.url)));
}

/** Bundles a file as `npm run bundle` does src/browser.ts. @throws if something in it is not for browsers */
export async function bundle(entry: string): Promise<string> {
  const { browser } = await buildOptions();
  const { outputFiles = [] } = await build({
    ...browser,
    absWorkingDir: ROOT,
    entryPoints: [entry],
    sourcemap: false,
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0].text;
}

/** `taskgrad/worker` and the engine's worker, by their names in `dist/browser`. */
export async function bundleWorker(): Promise<ReadonlyMap<string, string>> {
  const { worker } = await buildOptions();
  const { outputFiles = [] } = await build({ ...worker, absWorkingDir: ROOT, write: false });
  return new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
}

/** Builds the demo page into a folder. */
export async function buildDemo(folder: string): Promise<void> {
  const { demo } = await buildOptions();
  await build({ ...demo, absWorkingDir: ROOT, outdir: folder });
}

/** Bundles the command line into one file. */
export async function bundleCli(outfile: string): Promise<void> {
  const { node } = await buildOptions();
  await build({
    ...node,
    absWorkingDir: ROOT,
    entryPoints: ['src/cli/cli.ts'],
    outdir: undefined,
    outfile,
    splitting: false,
    sourcemap: false,
  });
}
