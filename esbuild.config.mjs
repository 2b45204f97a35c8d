import { chmod, readFile, stat } from 'node:fs/promises';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const common = {
  bundle: true,
  format: 'esm',
  target: 'es2023',
  sourcemap: true,
  outdir: 'dist',
  loader: { '.wgsl': 'text' },
  logLevel: 'warning',
};

/** Packages of JavaScript alone in hundreds of files: to find and read them took most of the time in which the CLI starts. */
const INSIDE = ['echarts', 'zod'];
const { dependencies, optionalDependencies } = JSON.parse(
  await readFile(new URL('package.json', import.meta.url), 'utf8'),
);

/** The package and the CLI. Other npm packages stay outside: they are installed beside them, some hold native code. */
export const node = {
  ...common,
  entryPoints: ['src/node.ts', 'src/cli/cli.ts'],
  platform: 'node',
  external: Object.keys({ ...dependencies, ...optionalDependencies }).filter(
    (name) => !INSIDE.includes(name),
  ),
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  entryNames: '[name]',
};

/** The engine for browsers, with all it needs inside. */
export const browser = { ...common, entryPoints: ['src/browser.ts'], platform: 'browser' };

/** The demo page: its script and style, and the engine's worker. */
export const demo = {
  ...common,
  entryPoints: {
    index: 'src/web/index.html',
    main: 'src/web/main.tsx',
    worker: 'src/web/engine/worker.ts',
  },
  platform: 'browser',
  outdir: 'dist/demo',
  loader: { ...common.loader, '.html': 'copy' },
  minify: true,
  sourcemap: false,
  jsx: 'automatic',
  jsxImportSource: 'preact',
};

/** Tests take the options and build elsewhere. */
if (argv[1] === fileURLToPath(import.meta.url)) {
  await Promise.all([node, browser, demo].map((options) => build(options)));
  await chmod('dist/cli.js', 0o755);
  const kilobytes = async (...paths) => {
    const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
    return `${Math.round(sizes.reduce((sum, size) => sum + size) / 1000)} kB`;
  };
  const page = ['index.html', 'main.js', 'main.css', 'worker.js'].map((name) => `dist/demo/${name}`);
  console.log(`dist/browser.js ${await kilobytes('dist/browser.js')}, dist/demo ${await kilobytes(...page)}`);
}
