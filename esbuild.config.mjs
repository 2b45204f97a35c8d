import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { EFFECTS, namespacesOf } from './build/doors.mjs';
import { writeModules } from './build/modules.mjs';
import { pack } from './build/pack.mjs';
import { plainShaders } from './build/plain-shaders.mjs';
import { thirdParty } from './build/third-party.mjs';

const common = {
  bundle: true,
  format: 'esm',
  target: 'es2023',
  sourcemap: true,
  // They are half of the package, and a trace tells file and line without them.
  sourcesContent: false,
  outdir: 'dist',
  loader: { '.wgsl': 'text' },
  logLevel: 'warning',
  metafile: true,
};

const { dependencies, optionalDependencies } = JSON.parse(
  await readFile(new URL('package.json', import.meta.url), 'utf8'),
);

/** The package and the CLI, with all they need inside but what is native or large: that is installed beside them. */
export const node = {
  ...common,
  entryPoints: {
    node: 'src/node.ts',
    cli: 'src/cli/cli.ts',
    ...Object.fromEntries(
      [...(await namespacesOf('node')), ...EFFECTS].map(([name, file]) => [`node/${name}`, `${file}.ts`]),
    ),
  },
  platform: 'node',
  external: Object.keys({ ...dependencies, ...optionalDependencies }),
  // Packages of the older kind of modules ask for Node's own by this name.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
  },
  // Its modules leave out what is not used.
  alias: { bullmq: './node_modules/bullmq/dist/esm/index.js' },
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
};

/** The engine for browsers, with all it needs inside. */
export const browser = {
  ...common,
  entryPoints: ['src/browser.ts'],
  platform: 'browser',
  plugins: [plainShaders],
};

/** `taskgrad/worker` and the program of its worker, a file each: pages import them from a CDN as they are. */
export const worker = {
  ...common,
  entryPoints: { worker: 'src/worker/public.ts', 'engine-worker': 'src/engine-worker.ts' },
  platform: 'browser',
  plugins: [plainShaders],
  outdir: 'dist/browser',
  minify: true,
  keepNames: true, // of classes of errors, which programs and people read
  sourcemap: false,
};

/** The demo page: its script and style, and the engine's worker. */
export const demo = {
  ...common,
  entryPoints: {
    index: 'src/web/index.html',
    main: 'src/web/main.tsx',
    worker: 'src/web/engine/worker.ts',
    sample: 'src/web/sample/sample.json',
  },
  platform: 'browser',
  plugins: [plainShaders],
  outdir: 'dist/demo',
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  loader: { ...common.loader, '.html': 'copy', '.json': 'copy' },
  minify: true,
  sourcemap: false,
  jsx: 'automatic',
  jsxImportSource: 'preact',
};

/** Tests take the options and build elsewhere. */
if (argv[1] === fileURLToPath(import.meta.url)) {
  // The API reference takes longer than all of this. `npm run docs` makes it.
  for (const name of await readdir('dist').catch(() => []))
    if (name !== 'docs') await rm(`dist/${name}`, { recursive: true, force: true });
  const built = await Promise.all([node, browser, demo].map((options) => build(options)));
  const [, engine] = built;
  await writeModules(browser, Object.keys(engine.metafile.inputs));
  await build(worker);
  await writeFile('dist/THIRD_PARTY.txt', await thirdParty(built.map(({ metafile }) => metafile)));
  await chmod('dist/cli.js', 0o755);
  const kilobytes = async (...paths) => {
    const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
    return `${Math.round(sizes.reduce((sum, size) => sum + size) / 1000)} kB`;
  };
  const packed = await pack('dist/demo');
  const page = `dist/demo ${await kilobytes(...packed)} packed`;
  console.log(`dist/browser.js ${await kilobytes('dist/browser.js')}, ${page}`);
}
