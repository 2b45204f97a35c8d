import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The root of the house, from this file and from a bundle of it. */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const START = `
  import { experiment } from './test/soak/experiment';
  const [data, ...outs] = process.argv.slice(2);
  for (const out of outs) await experiment(data, out).catch((error) => {
    process.stderr.write(error.message + '\\n');
    process.exit(1);
  });
  process.exit(0);`;

export interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** A process that runs the experiment in one folder after the other. */
export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** The experiment as a program, to be run in processes of their own. */
export interface Program {
  start(data: string, ...outs: string[]): Started;
  remove(): void;
}

export async function experimentProgram(): Promise<Program> {
  // Under node_modules, so that the packages that stay outside the bundle are found.
  const parent = join(ROOT, 'node_modules/.tmp');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'soak-'));
  const file = join(folder, 'experiment.mjs');
  await build({
    stdin: { contents: START, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2023',
    packages: 'external',
    loader: { '.wgsl': 'text' },
    outfile: file,
  });
  return {
    start: (...args) =>
      follow(spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function follow(child: ChildProcess): Started {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, stderr })));
  return { child, ended };
}
