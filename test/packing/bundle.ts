import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { rolldown } from 'rolldown';

/** Bundles a program for a page as two widely used tools do: bytes after gzip, by tool. */
export async function weightsOf(
  program: string,
): Promise<{ readonly esbuild: number; readonly rolldown: number }> {
  const { outputFiles } = await build({
    entryPoints: [program],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  const bundle = await rolldown({ input: program, platform: 'browser' });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  return {
    esbuild: gzipSync(outputFiles[0].text).length,
    rolldown: gzipSync(output.map((file) => ('code' in file ? file.code : '')).join('')).length,
  };
}
