import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { build } from 'esbuild';
import { beforeEach, describe, expect, it } from 'vitest';
import { useFolder } from '../data/folder';
import { writeDigits } from './digits';
import { weightsOf } from './experiment';
import { useCli } from './program';

const cli = useCli();
const folder = useFolder();
const inFolder = (...parts: string[]) => join(folder.path, ...parts);
beforeEach(() => writeDigits(inFolder('data'), 100, 50));

const args = (out: string) => [
  ...['train', '--data', inFolder('data'), '--out', inFolder(out), '--task', '3', '--epochs', '8'],
];
const hasCheckpoint = (out: string) => {
  const work = inFolder(out, 'store', 'work');
  const keys = existsSync(work) ? readdirSync(work) : [];
  return keys.some((key) => existsSync(join(work, key, 'network.safetensors')));
};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('what ends a program', () => {
  /** Waits for a save that never ends, as on a disk that hangs: nobody reads the pipe. */
  const program = `
    import { open } from 'node:fs/promises';
    import { catchInterrupts } from ${JSON.stringify(join(import.meta.dirname, '../../src/cli/interrupt.ts'))};
    const { signal } = catchInterrupts();
    signal.addEventListener('abort', () => void open(process.argv[2], 'w'));
    setInterval(() => undefined, 1000);
    process.stdout.write('ready');`;

  it.skipIf(process.platform === 'win32').each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'the first %s is waited for, the second ends it though the disk hangs',
    async (signal) => {
      const [file, pipe] = [inFolder('program.mjs'), inFolder('pipe')];
      await build({
        stdin: { contents: program, resolveDir: folder.path },
        bundle: true,
        format: 'esm',
        platform: 'node',
        outfile: file,
      });
      execFileSync('mkfifo', [pipe]);
      const child = spawn(process.execPath, [file, pipe], { stdio: ['ignore', 'pipe', 'pipe'] });
      const ended = new Promise((resolve) => child.on('exit', (code, by) => resolve({ code, by })));
      await new Promise((resolve) => child.stdout.once('data', resolve));
      child.kill(signal);
      await new Promise((resolve) => child.stderr.once('data', resolve));
      await wait(600); // a signal that comes sooner is the first one, passed on by npx
      expect(child.exitCode ?? child.signalCode).toBeNull();
      child.kill(signal);
      expect(await ended).toEqual({ code: null, by: signal });
    },
  );
});

describe('Ctrl-C', () => {
  it('saves the state and ends with 130; the same command goes on to the same weights', async () => {
    const { child, outcome } = cli.start(...args('stopped'));
    // After the first epoch's checkpoint, in the middle of the first network.
    await until(() => hasCheckpoint('stopped') || child.exitCode !== null);
    child.kill('SIGHUP'); // as a terminal that is closed, which saves as Ctrl-C does
    child.kill('SIGINT'); // as npx does, which passes on what the terminal sent already
    const { code, stdout, stderr } = await outcome;
    expect({ code, stderr }, stdout).toEqual({
      code: 130,
      stderr:
        '\nstopping after this step and saving; Ctrl-C again stops at once\n' +
        'taskgrad: interrupted; what it had done is saved, and the same command goes on from it\n',
    });
    expect(stdout).not.toContain('test accuracy');

    const resumed = await cli.run(...args('stopped'));
    expect(resumed.code, resumed.stderr).toBe(0);
    expect((await cli.run(...args('straight'))).code).toBe(0);
    expect(Object.keys(await weightsOf(inFolder('straight')))).toHaveLength(2);
    expect(await weightsOf(inFolder('stopped'))).toEqual(await weightsOf(inFolder('straight')));
  });
});
