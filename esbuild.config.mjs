import { chmod } from 'node:fs/promises';
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

// npm packages stay outside the Node bundles: they are installed beside them, some hold native code.
await build({
  ...common,
  entryPoints: ['src/node.ts', 'src/cli/cli.ts'],
  platform: 'node',
  packages: 'external',
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  entryNames: '[name]',
});
await build({ ...common, entryPoints: ['src/browser.ts'], platform: 'browser' });
await chmod('dist/cli.js', 0o755);
