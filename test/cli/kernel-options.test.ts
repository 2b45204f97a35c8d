import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { asFlags, benchOptions } from '../../src/cli/kernel/bench-options';
import { withFileOptions, withKernelOptions } from '../../src/cli/kernel/options';
import {
  parseBind,
  parseDims,
  parseFile,
  parsePrint,
  parseSweep,
  parseUniform,
} from '../../src/cli/kernel/parse';
import { combinationText } from '../../src/cli/kernel/report';
import { inWordsOf, KernelError } from '../../src/kernel-bench/errors';
import { shaderOf } from '../../src/kernel-bench/source';
import { useFolder } from '../data/folder';

const folder = useFolder();

describe('--bind', () => {
  it.each([
    ['x', { name: 'x' }],
    ['x=f32[64,128]:randn', { name: 'x', type: 'f32', shape: [64, 128], fill: 'randn' }],
    ['x=[8]', { name: 'x', shape: [8] }],
    ['x=arange', { name: 'x', fill: 'arange' }],
    ['x=u32:const:3', { name: 'x', type: 'u32', fill: 3 }],
    ['x=[2]:const:-inf', { name: 'x', shape: [2], fill: Number.NEGATIVE_INFINITY }],
    ['x=file:a/b=c.npy', { name: 'x', fill: { file: 'a/b=c.npy' } }],
  ])('reads %s', (text, spec) => {
    expect(parseBind(text)).toEqual(spec);
  });

  it.each(['x=f99', 'x=[0]', 'x=[2.5]', 'x=[a]', '=f32', 'x y=f32', 'x=const:', 'x=f32[4]:random'])(
    'refuses %s and says how it is written',
    (text) => {
      expect(() => parseBind(text)).toThrow(/^cannot read --bind .*: expected /);
    },
  );
});

describe('the other options', () => {
  it('are read as they are written', () => {
    expect(parseUniform('p.a[1]=u32:1,2,f32:0.5')).toEqual({
      path: 'p.a[1]',
      values: [{ u32: 1 }, { u32: 2 }, { f32: 0.5 }],
    });
    expect(parseDims('--groups', '3,4')).toEqual([3, 4]);
    expect(parseSweep('T=8,16,8')).toEqual({ name: 'T', values: [8, 16] });
    expect(parsePrint('out:3')).toEqual({ name: 'out', count: 3 });
    expect(parseFile('--save', 'y=a.npy')).toEqual({ name: 'y', path: 'a.npy' });
  });

  it('are refused with what was expected', () => {
    expect(() => parseDims('--threads', '0')).toThrow('--threads 0: expected 1024 or 64,32');
    expect(() => parseDims('--threads', '1,2,3,4')).toThrow('expected 1024');
    expect(() => parseSweep('T')).toThrow('--sweep T: expected TILE=8,16,32');
    expect(() => parseSweep('T=8,,9')).toThrow('expected numbers');
    expect(() => parseFile('--expect', 'y=')).toThrow('expected out=out.npy');
  });

  it('of the command line go before those of //#bench lines, item by item', async () => {
    const command = withKernelOptions(new Command('kernel').argument('<file>'));
    const given = ['k.wgsl', '--groups', '5', '--bind', 'x=[9]', '--seed', '3'];
    command.parse(given, { from: 'user' });
    const line =
      "//#bench --threads 100 --bind x=[1] --bind 'y=[2]'\n//#bench --repeat 4 --seed 8\nfn f() {}";
    const merged = withFileOptions(command, await shaderOf(line));
    expect(merged).toMatchObject({ groups: [5], repeat: 4, seed: 3, adapter: 'auto' });
    expect(merged.threads).toBeUndefined();
    expect(merged.bind.findLast(({ name }) => name === 'x')?.shape).toEqual([9]);
    expect(merged.bind.findLast(({ name }) => name === 'y')?.shape).toEqual([2]);
    const wrong = await shaderOf('//#bench --bidn x');
    expect(() => withFileOptions(command, wrong)).toThrow('given as text, its //#bench lines: unknown');
  });
});

describe('what the bench is told', () => {
  const told = (...args: string[]) => {
    const command = withKernelOptions(new Command('kernel'));
    command.parse(args, { from: 'user' });
    return benchOptions(command.opts());
  };

  it('of a name given twice is what was given last', async () => {
    const uniforms = ['p.a=1', 'p=5,6', 'p.a=2'].flatMap((text) => ['--uniform', text]);
    const { bind, uniform, set } = await told(
      '--bind',
      'x=[1]',
      '--bind',
      'x=f32',
      '--set',
      'T=1',
      ...uniforms,
      '--set',
      'T=2',
    );
    expect({ bind, set }).toEqual({ bind: { x: { type: 'f32' } }, set: { T: 2 } });
    expect(Object.entries(uniform ?? {})).toEqual([
      ['p', [5, 6]],
      ['p.a', [2]],
    ]);
  });

  it('has the contents of files in it', async () => {
    const path = join(folder.path, 'x.bin');
    await writeFile(path, new Uint8Array([1, 2, 3, 4]));
    const { bind } = await told('--bind', `x=u32:file:${path}`);
    expect(bind?.x).toMatchObject({ type: 'u32', fill: { file: path, bytes: new Uint8Array([1, 2, 3, 4]) } });
    await expect(told('--bind', 'x=file:none.npy')).rejects.toThrow('none.npy: there is no such file');
  });

  it('is called by its flags in errors', () => {
    const error = new KernelError(
      (option) => `${option('set', 'T', '…')} ${option('bind', 'x')} ${option('entry')}`,
    );
    expect(error.message).toBe('set: { T: … } bind.x entry:');
    expect(inWordsOf(error, asFlags).message).toBe('--set T=… --bind x --entry');
    const list = new KernelError((option) => option('uniform', 'p.a', ['1', '2']));
    expect(list.message).toBe("uniform: { 'p.a': [1, 2] }");
    expect(list.wording(asFlags)).toBe('--uniform p.a=1,2');
  });
});

it('a combination of a sweep is told by its constants', () => {
  expect(combinationText({ A: 6, B: 0.5 })).toBe('A=6 B=0.5');
});
