import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { rolldown } from 'rolldown';

/** Two widely used tools: each bundles a program for a page. */
export const BUNDLERS = {
  async esbuild(program: string): Promise<string> {
    const { outputFiles } = await build({
      entryPoints: [program],
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      write: false,
    });
    return outputFiles[0].text;
  },
  async rolldown(program: string): Promise<string> {
    const bundle = await rolldown({ input: program, platform: 'browser' });
    const { output } = await bundle.generate({ format: 'esm', minify: true });
    await bundle.close();
    return output.map((file) => ('code' in file ? file.code : '')).join('');
  },
};

/** Bytes of a bundled program after gzip, by tool. */
export async function weightsOf(
  program: string,
): Promise<{ readonly esbuild: number; readonly rolldown: number }> {
  const weigh = async (bundle: (program: string) => Promise<string>) =>
    gzipSync(await bundle(program)).length;
  return { esbuild: await weigh(BUNDLERS.esbuild), rolldown: await weigh(BUNDLERS.rolldown) };
}
