import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HeldError, holdFolder, whileHeld } from '../../src/cli/hold';
import { sweep } from '../../src/cli/sweep';
import { thisProcess } from '../../src/experiment/owner.node';
import { failure } from '../data/failure';
import { useFolder } from '../data/folder';

const folder = useFolder();
const hold = (said: string[] = []) => holdFolder(folder.path, (text) => said.push(text));

/** Makes the hold of a process as a run leaves it that was killed. */
async function leave(owner: object): Promise<void> {
  const id = '00000000-0000-4000-8000-000000000000';
  await mkdir(join(folder.path, 'hold'));
  await writeFile(join(folder.path, 'hold', `owner-${id}`), '');
  await writeFile(join(folder.path, 'hold', `${id}.json`), JSON.stringify(owner));
}

/** A process that is no more. */
async function gonePid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.on('close', resolve));
  return child.pid ?? 0;
}

describe('a run holds its folder', () => {
  it('so that a second one is told by whom, and since when; and leaves nothing', async () => {
    const { release } = await hold();
    const error = await failure(() => hold());
    expect(error).toBeInstanceOf(HeldError);
    expect((error as Error).message).toMatch(
      new RegExp(`a run holds .*: process ${process.pid} on ${hostname()}, since \\d{4}-.*another --out$`),
    );
    expect(await readdir(folder.path)).toEqual(['hold']);
    await release();
    expect(await readdir(folder.path)).toEqual([]);
    await (await hold()).release();
  });

  it('of which only one comes through, however many begin at once', async () => {
    for (let round = 0; round < 5; round++) {
      const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => hold()));
      const held = outcomes.filter((outcome) => outcome.status === 'fulfilled');
      expect(held).toHaveLength(1);
      await held[0].value.release();
    }
  });

  it('and only one takes over what a dead one held, however many begin at once', async () => {
    const pid = await gonePid();
    for (let round = 0; round < 5; round++) {
      await leave({ ...thisProcess(), pid });
      const said: string[] = [];
      const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => hold(said)));
      const held = outcomes.filter((outcome) => outcome.status === 'fulfilled');
      expect(held).toHaveLength(1);
      expect(said).toEqual([expect.stringMatching(`took .* over from a run that is gone: process ${pid}`)]);
      await held[0].value.release();
      expect(await readdir(folder.path)).toEqual([]);
    }
  });

  it.runIf(process.platform === 'linux').each([
    ['another process of the same number', { born: '1' }],
    ['a machine that was started anew', { boot: 'before' }],
  ])('%s does not', async (_, other) => {
    await leave({ ...thisProcess(), ...other });
    await (await hold()).release();
  });

  it.each([
    ['on another machine', { ...thisProcess(), host: 'elsewhere' }, 'process \\d+ on elsewhere'],
    ['in another container', { ...thisProcess(), space: 'pid:[1]' }, 'process \\d+ on'],
    ['of whom nothing is known', {}, 'a run holds'],
  ])('one %s is believed, and it is said how to be rid of it', async (_, owner, words) => {
    await leave(owner);
    const { message } = (await failure(() => hold())) as Error;
    expect(message).toMatch(new RegExp(`${words}.*if it is gone for certain, delete .*hold$`));
    await rm(join(folder.path, 'hold'), { recursive: true });
    await (await hold()).release();
  });

  it('lets go of it when the work fails, and needs no folder that is not there', async () => {
    const failing = () => Promise.reject(new Error('so'));
    await expect(whileHeld(folder.path, () => undefined, failing)).rejects.toThrow('so');
    expect(await readdir(folder.path)).toEqual([]);
    expect(
      await whileHeld(
        join(folder.path, 'none'),
        () => undefined,
        async () => 3,
      ),
    ).toBe(3);
  });
});

describe('what earlier runs left half-written', () => {
  const uuid = '6f9619ff-8b86-4011-b42d-00c04fc964ff';
  it('is removed; what others left is not', async () => {
    const inProfile = join(folder.path, 'profile', 'deep');
    await mkdir(inProfile, { recursive: true });
    await mkdir(join(folder.path, `.hold-${uuid}`));
    await utimes(join(folder.path, `.hold-${uuid}`), 1, 1);
    const young = `.hold-${uuid.replace('6', '7')}`; // another process is making it
    await mkdir(join(folder.path, young));
    await mkdir(join(folder.path, 'mine'));
    const write = (path: string) => writeFile(join(folder.path, path), 'x'.repeat(1500));
    for (const path of [`.results.json.${uuid}.partial`, `.${uuid}.probe`]) await write(path);
    await write(`profile/deep/.a.safetensors.${uuid}.partial`);
    const others = [`mine/.a.${uuid}.partial`, 'results.partial', '.a.partial', `b.${uuid}.partial`];
    for (const path of [...others, 'profile/deep/a.safetensors']) await write(path);
    const said: string[] = [];
    await sweep(folder.path, (text) => said.push(text));
    expect(await readdir(inProfile)).toEqual(['a.safetensors']);
    expect((await readdir(folder.path)).sort()).toEqual(
      ['mine', 'profile', young, ...others.slice(1)].sort(),
    );
    expect(await readFile(join(folder.path, others[0]), 'utf8')).toHaveLength(1500);
    expect(said[0]).toMatch(/^removed 4 files that an earlier run had left half-written \(\d+ kB\)$/);
  });
});
