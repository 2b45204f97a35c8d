import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const PATIENCE_MS = 60_000;

export interface Outcome {
  /** null if it had to be killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** A small program on top of the engine, bundled as the package is, to be run in processes of its own. */
export interface Program {
  run(environment?: Readonly<Record<string, string>>, nodeFlags?: readonly string[]): Promise<Outcome>;
  remove(): void;
}

/** Bundles `body`, which finds `openGpu`, `backward`, `ops` and all else of src/node as `engine`. */
export async function makeProgram(body: string): Promise<Program> {
  // Under node_modules, so that the packages that stay outside the bundle are found.
  const parent = join(root, 'node_modules/.tmp');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'program-'));
  const file = join(folder, 'program.mjs');
  await build({
    stdin: { contents: `import * as engine from './src/node';\n${body}`, resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2023',
    packages: 'external',
    loader: { '.wgsl': 'text' },
    outfile: file,
  });
  return {
    run: (environment = {}, nodeFlags = []) => runNode([...nodeFlags, file], environment),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function runNode(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Outcome> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env: { ...process.env, ...environment } });
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr, seconds: (performance.now() - startedAt) / 1000 });
    });
  });
}
