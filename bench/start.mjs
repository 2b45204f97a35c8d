// Bundles the benchmarks as the product is bundled, and runs them.
import { build } from 'esbuild';

const outfile = 'node_modules/.tmp/bench.mjs';
await build({
  entryPoints: ['bench/main.ts'],
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
