import { mkdir, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { build } from 'esbuild';
import { EFFECTS, namespacesOf } from './doors.mjs';

const OUT = 'dist/browser';

/** Leaves every import where it is, as that of a file beside. */
const importsStay = {
  name: 'imports-stay',
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ path, kind }) =>
      kind === 'entry-point'
        ? undefined
        : { path: `${extname(path) === '.wgsl' ? path.slice(0, -'.wgsl'.length) : path}.js`, external: true },
    );
  },
};

/**
 * Writes the engine for browsers file by file, so that who bundles it keeps the files that he uses.
 * @param inputs the files of the engine in one piece
 */
export async function writeModules(options, inputs) {
  await build({
    ...options,
    entryPoints: [...inputs, ...EFFECTS.map(([, file]) => `${file}.ts`)],
    entryNames: undefined,
    outbase: '.',
    outdir: OUT,
    sourcemap: false,
    plugins: [...options.plugins, importsStay],
  });
  const namespaces = await namespacesOf('browser');
  await mkdir(OUT, { recursive: true });
  for (const [name, file] of [['index', 'src/browser'], ...namespaces]) {
    await writeFile(`${OUT}/${name}.js`, `export * from './${file}.js';\n`);
  }
  for (const [name, file] of EFFECTS) await writeFile(`${OUT}/${name}.js`, `import './${file}.js';\n`);
}
