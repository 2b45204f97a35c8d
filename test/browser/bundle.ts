import { build } from 'esbuild';

/** What esbuild.config.mjs makes of browser code: one ES module, WGSL as text. */
const OPTIONS = {
  bundle: true,
  format: 'esm',
  target: 'es2023',
  platform: 'browser',
  loader: { '.wgsl': 'text' },
  write: false,
  logLevel: 'silent',
} as const;

/** Bundles a file and all it imports, without writing it anywhere. @throws if something in it is not for browsers */
export async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({ ...OPTIONS, entryPoints: [entry] });
  return outputFiles[0].text;
}
