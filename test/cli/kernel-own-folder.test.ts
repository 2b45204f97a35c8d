import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { withFileOptions, withKernelOptions } from '../../src/cli/kernel/options';
import { KernelError } from '../../src/kernel-bench/errors';
import { readShader } from '../../src/kernel-bench/source.node';
import { failure } from '../data/failure';
import { useFolder } from '../data/folder';

const folder = useFolder();

/** Options of a shader in a folder of its own, with one `//#bench` line, and of a command line. */
async function optionsOf(line: string, ...given: string[]) {
  const home = join(folder.path, 'shader');
  await mkdir(join(home, 'data'), { recursive: true });
  await symlink(folder.path, join(home, 'out'));
  await writeFile(join(folder.path, 'secret.npy'), '');
  await symlink(join(folder.path, 'secret.npy'), join(home, 'link.npy'));
  const file = join(home, 'k.wgsl');
  await writeFile(file, `//#bench ${line}\n`);
  const command = withKernelOptions(new Command('kernel').argument('<file>'));
  command.parse([file, ...given], { from: 'user' });
  return { home, options: withFileOptions(command, await readShader(file)) };
}

describe('the //#bench lines of a shader', () => {
  test.each([
    ['--save y=/tmp/path.npy', 'a file in its own folder'],
    ['--save y=../path.npy', 'a file in its own folder'],
    ['--save y=data/../../path.npy', 'a file in its own folder'],
    ['--save y=out/path.npy', 'a file in its own folder'],
    ['--save y=out/new/path.npy', 'a file in its own folder'],
    ['--save y=.profile', 'a file whose name ends in .npy'],
    ['--save y=k.wgsl', 'a file whose name ends in .npy'],
    ['--expect y=../secret.npy', 'a file in its own folder'],
    ['--expect y=link.npy', 'a file in its own folder'],
    ['--bind x=file:/etc/passwd', 'a file in its own folder'],
    ['--bind x=f32[4]:file:out/secret.npy', 'a file in its own folder'],
    ['--bind x=file:.', 'a file in its own folder'],
  ])('may not have %s', async (line, expected) => {
    const error = await failure(() => optionsOf(line));
    expect(error).toBeInstanceOf(KernelError);
    expect(String(error)).toMatch(`expected ${expected}; give --`);
  });

  test('name files from the folder of the shader on, wherever the program was started', async () => {
    const { home, options } = await optionsOf(
      '--save y=data/new.npy --expect y=data/y.npy --bind x=file:x.bin --bind z=ones',
    );
    expect(options).toMatchObject({
      save: [{ path: join(home, 'data/new.npy') }],
      expect: [{ path: join(home, 'data/y.npy') }],
      bind: [{ fill: { file: join(home, 'x.bin') } }, { fill: 'ones' }],
    });
  });

  test('do not bind the command line, which goes where it is told to', async () => {
    const { options } = await optionsOf(
      '--threads 64',
      '--save',
      'y=/tmp/path.npy',
      '--expect',
      'y=../a.npy',
    );
    expect(options.save).toEqual([{ name: 'y', path: '/tmp/path.npy' }]);
    expect(options.expect).toEqual([{ name: 'y', path: '../a.npy' }]);
  });
});
