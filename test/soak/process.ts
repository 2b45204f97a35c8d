import { type ChildProcess, spawn } from 'node:child_process';
import { bundled } from '../suite/bundled';

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
  const { file, remove } = await bundled(START);
  return {
    start: (...args) =>
      follow(spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })),
    remove,
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
