import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { decodeSafetensors } from '../../src/data/safetensors';
import { useFolder } from '../data/folder';
import { writeDigits } from './digits';
import { useCli } from './program';

const cli = useCli();
const folder = useFolder();
const inFolder = (...parts: string[]) => join(folder.path, ...parts);
beforeEach(() => writeDigits(inFolder('data'), 100, 50));

const args = (out: string) => [
  ...['train', '--data', inFolder('data'), '--out', inFolder(out), '--task', '3', '--epochs', '8'],
];
const networks = (out: string) => inFolder(out, 'state', 'networks');
const first = (out: string) => join(networks(out), 'NN2-task3-seed0.safetensors');

/** The weights, bit by bit, without what tells of times. */
async function weights(out: string): Promise<Record<string, string>> {
  const files = (await readdir(networks(out))).sort();
  const all = files.map(async (file) => {
    const { tensors } = decodeSafetensors(await readFile(join(networks(out), file)), file);
    return [file, [...tensors].map(([name, { data }]) => [name, data.join(' ')]).join('\n')] as const;
  });
  return Object.fromEntries(await Promise.all(all));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('Ctrl-C', () => {
  it('saves the state and ends with 130; --resume goes on to the same weights', async () => {
    const { child, outcome } = cli.start(...args('stopped'));
    // After the first epoch's checkpoint, in the middle of the first network.
    await until(() => existsSync(first('stopped')) || child.exitCode !== null);
    child.kill('SIGINT');
    child.kill('SIGINT'); // as npx does, which passes on what the terminal sent already
    const { code, stdout, stderr } = await outcome;
    expect({ code, stderr }, stdout).toEqual({
      code: 130,
      stderr:
        '\nstopping after this step and saving; Ctrl-C again stops at once\n' +
        'taskgrad: interrupted; the state was saved, go on with --resume\n',
    });
    expect(stdout).not.toContain('test accuracy');

    const resumed = await cli.run(...args('stopped'), '--resume');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect((await cli.run(...args('straight'))).code).toBe(0);
    expect(Object.keys(await weights('straight'))).toHaveLength(2);
    expect(await weights('stopped')).toEqual(await weights('straight'));
  });
});
