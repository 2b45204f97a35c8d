// Bundles a measurement as the product is bundled, and runs it: node bench/start.mjs bench/main.ts [options].
import { basename } from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';

const [entry] = process.argv.splice(2, 1);
const outfile = `node_modules/.tmp/${basename(entry, '.ts')}.mjs`;
await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'es2023',
  packages: 'external',
  sourcemap: true,
  loader: { '.wgsl': 'text' },
});
await import(`../${outfile}`);
