import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { bundleCli } from '../browser/bundle';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const PATIENCE_MS = 100_000;
/** What Dawn itself says on stderr of some drivers, or of none. */
const DRIVER_TALK =
  /^Warning: (max\w+ artificially reduced|vkCreateInstance|loader_get_json|Couldn't load Vulkan).*\n( {4}at .*\n\n)?/gm;

export interface Outcome {
  /** null if a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
}

/** The command line, bundled as it is shipped, in processes of their own. */
export interface Cli {
  run(...args: string[]): Promise<Outcome>;
  start(...args: string[]): Started;
  /** Runs `script` in a shell in which "$@" is the command with its arguments. */
  inShell(script: string, ...args: string[]): Promise<Outcome>;
}

/** One bundle for all tests of the calling file, there once they run. */
export function useCli(): Cli {
  let folder = '';
  const file = () => join(folder, 'cli.mjs');
  beforeAll(async () => {
    // Under node_modules, so that the packages that stay outside the bundle are found.
    const parent = join(root, 'node_modules/.tmp');
    mkdirSync(parent, { recursive: true });
    folder = mkdtempSync(join(parent, 'cli-'));
    await bundleCli(file());
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const start = (...args: string[]) => follow(spawn(process.execPath, [file(), ...args]));
  return {
    start,
    run: (...args) => start(...args).outcome,
    inShell: (script, ...args) =>
      follow(spawn('sh', ['-c', script, 'sh', process.execPath, file(), ...args])).outcome,
  };
}

function follow(child: ChildProcess): Started {
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      said[name] += chunk;
    });
  }
  const outcome = new Promise<Outcome>((resolve) => {
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout: said.stdout, stderr: said.stderr.replace(DRIVER_TALK, '') });
    });
  });
  return { child, outcome };
}
