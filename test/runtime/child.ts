import { spawn } from 'node:child_process';
import { bundled } from '../suite/bundled';

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
  const { file, remove } = await bundled(`import * as engine from './src/node';\n${body}`);
  return {
    run: (environment = {}, nodeFlags = []) => runNode([...nodeFlags, file], environment),
    remove,
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
