import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { arrayFrom, filled, fromHalf, toHalf, valuesOf } from '../../src/cli/kernel/array';
import { compareValues, differing, overwritten, summarise } from '../../src/cli/kernel/checks';
import { readFiles } from '../../src/cli/kernel/load';
import { decodeNpy, encodeNpy } from '../../src/cli/kernel/npy';
import { withFileOptions, withKernelOptions } from '../../src/cli/kernel/options';
import { readShader, setConstants } from '../../src/cli/kernel/source';
import {
  parseBind,
  parseDims,
  parseFile,
  parsePrint,
  parseSweep,
  parseUniform,
} from '../../src/cli/kernel/spec';
import { combinations, combinationText, spreadOf } from '../../src/cli/kernel/sweep';
import { useFolder } from '../data/folder';

const folder = useFolder();

describe('--bind', () => {
  it.each([
    ['x', { name: 'x' }],
    ['x=f32[64,128]:randn', { name: 'x', type: 'f32', shape: [64, 128], fill: { kind: 'randn' } }],
    ['x=[8]', { name: 'x', shape: [8] }],
    ['x=arange', { name: 'x', fill: { kind: 'arange' } }],
    ['x=u32:const:3', { name: 'x', type: 'u32', fill: { kind: 'const', value: 3 } }],
    ['x=[2]:const:-inf', { name: 'x', shape: [2], fill: { kind: 'const', value: Number.NEGATIVE_INFINITY } }],
    ['x=file:a/b=c.npy', { name: 'x', fill: { kind: 'file', path: 'a/b=c.npy' } }],
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
      ...{ block: 'p', member: 'a[1]' },
      values: [
        { value: 1, type: 'u32' },
        { value: 2, type: 'u32' },
        { value: 0.5, type: 'f32' },
      ],
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

  it('of the command line go before those of //#bench lines, item by item', () => {
    const command = withKernelOptions(new Command('kernel').argument('<file>'));
    const given = ['k.wgsl', '--groups', '5', '--bind', 'x=[9]', '--seed', '3'];
    command.parse(given, { from: 'user' });
    const words = ['--threads', '100', '--bind', 'x=[1]', '--bind', 'y=[2]', '--repeat', '4', '--seed', '8'];
    const merged = withFileOptions(command, words, 'k.wgsl');
    expect(merged).toMatchObject({ groups: [5], repeat: 4, seed: 3, adapter: 'auto' });
    expect(merged.threads).toBeUndefined();
    expect(merged.bind.findLast(({ name }) => name === 'x')?.shape).toEqual([9]);
    expect(merged.bind.findLast(({ name }) => name === 'y')?.shape).toEqual([2]);
    expect(() => withFileOptions(command, ['--bidn', 'x'], 'k.wgsl')).toThrow(
      'k.wgsl, its //#bench lines: unknown',
    );
  });
});

describe('fills', () => {
  it('give the numbers they are named for, the same for the same seed', () => {
    const values = (kind: 'randn' | 'rand' | 'arange', seed = 1, stream = 0) =>
      valuesOf(filled('f32', [4000], { kind }, seed, stream));
    expect([...values('arange').slice(0, 3)]).toEqual([0, 1, 2]);
    const normal = [...values('randn')];
    const mean = normal.reduce((sum, value) => sum + value, 0) / normal.length;
    const variance = normal.reduce((sum, value) => sum + (value - mean) ** 2, 0) / normal.length;
    expect(Math.abs(mean)).toBeLessThan(0.06);
    expect(Math.abs(variance - 1)).toBeLessThan(0.08);
    expect(values('rand').every((value) => value >= 0 && value < 1)).toBe(true);
    expect(values('rand')).toEqual(values('rand'));
    expect(values('rand')).not.toEqual(values('rand', 2));
    expect(values('rand')).not.toEqual(values('rand', 1, 1));
    expect([...valuesOf(filled('i32', [2], { kind: 'const', value: -7 }, 0, 0))]).toEqual([-7, -7]);
    expect(() => filled('u32', [2], { kind: 'randn' }, 0, 0)).toThrow('randn fills f32 and f16, not u32');
  });
});

// Bits by numpy 2.4: np.array([...]).astype('f2').view('u2').
describe('half precision', () => {
  it.each([
    [1, 0x3c00],
    [0.1, 0x2e66],
    [1 / 3, 0x3555],
    [2049, 0x6800],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [1.5 * 2 ** -25, 0x0001],
    [6.1e-5, 0x03ff],
    [-3.1405, 0xc248],
    [-0, 0x8000],
  ])('of %d has the bits %d', (value, bits) => {
    expect(toHalf(value)).toBe(bits);
  });

  it('goes through all 65,536 patterns and back unchanged', () => {
    const wrong = Array.from({ length: 0x10000 }, (_, bits) => bits).filter((bits) => {
      const value = fromHalf(bits);
      return Number.isNaN(value) ? !Number.isNaN(fromHalf(toHalf(value))) : toHalf(value) !== bits;
    });
    expect(wrong).toEqual([]);
  });
});

// Files by numpy 2.4's np.save.
const SAVED = {
  f4: 'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA/AAAgQAAAQMAAAAAAAACAf3fMKzI=',
  f8: 'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAADwPwAAAAAAAABA',
  i8: 'k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAr//////////////38AAAAA',
  f2: 'k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIApmLv97AQA=',
};
const saved = (name: keyof typeof SAVED) => new Uint8Array(Buffer.from(SAVED[name], 'base64'));

describe('.npy files', () => {
  it('are read as numpy wrote them, doubles and longs converted', () => {
    const f4 = decodeNpy(saved('f4'), 'f4.npy');
    expect(f4).toMatchObject({ type: 'f32', shape: [2, 3] });
    expect([...valuesOf(f4)]).toEqual([1, 2.5, -3, 0, Number.POSITIVE_INFINITY, Math.fround(1e-8)]);
    expect([...valuesOf(decodeNpy(saved('f8'), ''))]).toEqual([1, 2]);
    expect([...valuesOf(decodeNpy(saved('i8'), ''))]).toEqual([-1, 2 ** 31 - 1]);
    expect([...valuesOf(decodeNpy(saved('f2'), ''))]).toEqual([0.0999755859375, 65504, 2 ** -24]);
  });

  it('are written byte for byte as numpy writes them', () => {
    for (const name of ['f4', 'f2'] as const)
      expect(encodeNpy(decodeNpy(saved(name), name))).toEqual(saved(name));
  });

  it('that are cut short, or of a type that is not read, are refused', () => {
    expect(() => decodeNpy(saved('f4').slice(0, -1), 'a.npy')).toThrow(
      'a.npy has 23 bytes of data, 24 expected',
    );
    const complex = new TextDecoder('latin1').decode(saved('f4')).replace('<f4', '<c8');
    expect(() => decodeNpy(new Uint8Array(Buffer.from(complex, 'latin1')), 'a.npy')).toThrow(
      'a.npy holds <c8',
    );
  });

  it('and raw files fill buffers in the type and shape asked for', async () => {
    const [npy, raw] = [join(folder.path, 'a.npy'), join(folder.path, 'a.bin')];
    await writeFile(npy, saved('f4'));
    await writeFile(raw, new Uint8Array(new Int32Array([5, -6]).buffer));
    const bind = [parseBind(`x=i32[6]:file:${npy}`), parseBind(`y=file:${raw}`)];
    const readers = await readFiles(bind);
    const x = readers.get(npy)?.(bind[0], 'f32');
    expect(x).toMatchObject({ type: 'i32', shape: [6] });
    expect(x && [...valuesOf(x)].slice(0, 4)).toEqual([1, 2, -3, 0]);
    const y = readers.get(raw)?.(bind[1], 'i32');
    expect(y && [...valuesOf(y)]).toEqual([5, -6]);
    expect(() => readers.get(npy)?.(parseBind('x=[7]'), 'f32')).toThrow(
      'holds f32[2,3], but [7] was asked for',
    );
    await expect(readFiles([parseBind('x=file:none.npy')])).rejects.toThrow(
      'none.npy: there is no such file',
    );
  });
});

describe('checks of results', () => {
  const f32 = (...values: number[]) => arrayFrom('f32', [values.length], (i) => values[i]);

  it('count NaN and infinities and leave them out of range and mean', () => {
    const summary = summarise(f32(1, Number.NaN, 3, Number.NEGATIVE_INFINITY, Number.NaN));
    expect(summary).toEqual({
      ...{ min: 1, max: 3, mean: 2 },
      ...{ nan: { count: 2, first: 1 }, infinite: { count: 1, first: 3 } },
    });
  });

  it('compare bits: 0 is not -0, NaN is the same NaN', () => {
    const [a, b] = [f32(0, 1, Number.NaN), f32(-0, 1, Number.NaN)];
    expect(differing('f32', a.bytes, b.bytes)).toEqual({ count: 1, first: 0 });
    const [c, d] = [arrayFrom('f16', [3], (i) => i), arrayFrom('f16', [3], (i) => (i === 2 ? 5 : i))];
    expect(differing('f16', c.bytes, d.bytes)).toEqual({ count: 1, first: 2 });
  });

  it('find the words that were written over', () => {
    expect(overwritten(new Uint32Array([9, 9, 8, 7]), 9)).toEqual({ count: 2, first: 2 });
  });

  it('compare values by an error relative to the larger of 1 and what was expected', () => {
    const { count, first, worst, worstAt } = compareValues(
      f32(1.5, 101, Number.NaN),
      f32(1, 100, Number.NaN),
      0.1,
    );
    expect({ count, first, worst, worstAt }).toEqual({ count: 1, first: 0, worst: 0.5, worstAt: 0 });
    expect(compareValues(f32(Number.NaN), f32(0), 9)).toMatchObject({
      count: 1,
      worst: Number.POSITIVE_INFINITY,
    });
  });
});

describe('sweeps', () => {
  it('go through every combination once, the last constant fastest', () => {
    const all = combinations([parseSweep('A=1,2'), parseSweep('B=3,4,5'), parseSweep('A=6,7')]);
    expect(all.map(combinationText)).toEqual([
      'A=6 B=3',
      'A=6 B=4',
      'A=6 B=5',
      'A=7 B=3',
      'A=7 B=4',
      'A=7 B=5',
    ]);
    expect(combinations([])).toHaveLength(1);
  });

  it('tell medians of odd and of even numbers of samples', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, best: 1, worst: 3 });
    expect(spreadOf([4, 1, 3, 2]).median).toBe(2.5);
  });
});

describe('a shader file', () => {
  it('knows of each line where it comes from, and takes snippets beside it before those of taskgrad', async () => {
    const file = join(folder.path, 'k.wgsl');
    await writeFile(file, "//#bench --bind x=[4] --set 'A=2'\n//#import mine\n//#import nan\nfn f() {}\n");
    await writeFile(join(folder.path, 'mine.wgsl'), 'const A = 1u;\nconst B = 2;');
    const { code, origins, files, bench } = await readShader(file);
    const lines = code.split('\n');
    expect(bench).toEqual(['--bind', 'x=[4]', '--set', 'A=2']);
    expect(files).toEqual([file, join(folder.path, 'mine.wgsl')]);
    expect(origins[lines.indexOf('const B = 2;')]).toEqual({ file: files[1], line: 2 });
    expect(origins[lines.indexOf('fn f() {}')]).toEqual({ file, line: 4 });
    expect(origins[lines.findIndex((line) => line.startsWith('fn is_nan'))].file).toBe('snippet nan');
  });

  it('that imports what is nowhere is refused with the line and the places looked at', async () => {
    const file = join(folder.path, 'k.wgsl');
    await writeFile(file, '\n//#import nowhere\n');
    await expect(readShader(file)).rejects.toThrow(
      /k\.wgsl:2 imports 'nowhere', which is neither .*nowhere\.wgsl/,
    );
  });

  it('gets other constants in the type they had', () => {
    const code =
      'const A = 16u;\nconst B: f32 = 0.5;\n  const C = true;\nconst D = 2.0;\nconst AB = 1;\n// const A = 1;';
    const values = new Map([...[['A', 8] as const, ['B', 3] as const, ['C', 0] as const, ['D', 4] as const]]);
    expect(setConstants(code, values).split('\n')).toEqual([
      ...['const A = 8u;', 'const B: f32 = 3.0;', '  const C = false;', 'const D = 4.0;', 'const AB = 1;'],
      '// const A = 1;',
    ]);
  });
});
