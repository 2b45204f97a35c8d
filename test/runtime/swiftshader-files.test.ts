import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findArchive } from '../../runtime/swiftshader.node';
import { haveFiles } from '../../runtime/swiftshader-files.node';
import { failure } from '../data/failure';
import { useFolder } from '../data/folder';

const archive = findArchive()?.path ?? '';
const home = useFolder();
const LIBRARY = 'libvk_swiftshader.so';
const FILES = ['libvk_swiftshader.so', 'libvulkan.so.1', 'sha256.json', 'vk_swiftshader_icd.json'];

describe.skipIf(archive === '')('the files of SwiftShader', () => {
  const folder = () => join(home.path, 'taskgrad', 'swiftshader');
  const path = (name: string) => join(folder(), name);
  const have = () => haveFiles(archive, folder());

  test('are unpacked for this user alone, and only those that are loaded', async () => {
    await have();
    expect((await readdir(folder())).sort()).toEqual(FILES);
    for (const name of ['.', ...FILES]) {
      const { mode, uid } = await lstat(path(name));
      expect({ name, others: mode & 0o077, uid }).toEqual({ name, others: 0, uid: process.getuid?.() });
    }
  });

  test('that are whole are left as they are', async () => {
    await have();
    const { ino } = await lstat(path(LIBRARY));
    await have();
    expect((await lstat(path(LIBRARY))).ino).toBe(ino);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['a cut library', () => truncate(path(LIBRARY), 3_000_000)],
    ['a flipped bit', () => flip(path(LIBRARY))],
    ['no sums, as earlier versions left it', () => rm(path('sha256.json'))],
    ['a library that others can write', () => chmod(path(LIBRARY), 0o666)],
    ['a link in the place of one', () => linkFrom(path(LIBRARY))],
  ])('are unpacked again where there is %s', async (_, damage) => {
    await have();
    const whole = await readFile(path(LIBRARY));
    await damage();
    await have();
    expect(whole.equals(await readFile(path(LIBRARY)))).toBe(true);
    expect((await readdir(folder())).sort()).toEqual(FILES);
    expect((await lstat(path(LIBRARY))).mode & 0o777).toBe(0o700);
  });

  test('are not taken from a folder that others can write', async () => {
    await have();
    await chmod(folder(), 0o777);
    expect(String(await failure(have))).toMatch(
      /swiftshader can be written by others, who could put any program/,
    );
    await chmod(folder(), 0o700);
    await chmod(join(home.path, 'taskgrad'), 0o777);
    expect(String(await failure(have))).toMatch(/taskgrad can be written by others; .* chmod go-w/);
  });

  test('are not taken from a link to a folder', async () => {
    await mkdir(join(home.path, 'taskgrad'), { mode: 0o700 });
    await mkdir(join(home.path, 'elsewhere'));
    await symlink(join(home.path, 'elsewhere'), folder());
    expect(String(await failure(have))).toMatch(/is no folder; remove it/);
  });

  test.skipIf(process.getuid?.() !== 0)('are not taken from a folder of another user', async () => {
    await have();
    await chown(folder(), 12_345, 12_345);
    expect(String(await failure(have))).toMatch(/belongs to another user/);
  });
});

async function flip(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[bytes.length >> 1] ^= 1;
  await writeFile(file, bytes);
}

async function linkFrom(file: string): Promise<void> {
  await rm(file);
  await symlink('/etc/hostname', file);
}
