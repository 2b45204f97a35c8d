import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fromHalf } from '../../src/data/half';
import { arrayFrom, arrayIn, type FillName, filled, toHalf, valuesOf } from '../../src/kernel-bench/array';
import { compareValues, differing, overwritten, summarise } from '../../src/kernel-bench/checks';
import { readArray } from '../../src/kernel-bench/load.node';
import { timingOf } from '../../src/kernel-bench/loaded-kernel';
import { decodeNpy, encodeNpy } from '../../src/kernel-bench/npy';
import { setConstants, shaderOf } from '../../src/kernel-bench/source';
import { readShader } from '../../src/kernel-bench/source.node';
import { combinations } from '../../src/kernel-bench/sweep';
import { useFolder } from '../data/folder';
import { npyBytes } from '../data/npy-bytes';

const folder = useFolder();

describe('fills', () => {
  it('give the numbers they are named for, the same for the same seed', () => {
    const values = (fill: FillName, seed = 1, stream = 0) =>
      valuesOf(filled('f32', [4000], fill, seed, stream));
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
    expect([...valuesOf(filled('i32', [2], -7, 0, 0))]).toEqual([-7, -7]);
    expect(() => filled('u32', [2], 'randn', 0, 0)).toThrow('randn fills f32 and f16, not u32');
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

  it('with whole numbers that do not fit are refused by name: they were another number', () => {
    const file = (dtype: string, values: BigInt64Array | BigUint64Array) =>
      new Uint8Array(npyBytes([3], new Uint8Array(values.buffer), { dtype: `'${dtype}'` }));
    const fits = decodeNpy(file('<i8', BigInt64Array.of(-(2n ** 31n), 0n, 2n ** 31n - 1n)), 'a.npy');
    expect([...valuesOf(fits)]).toEqual([-(2 ** 31), 0, 2 ** 31 - 1]);
    expect(() => decodeNpy(file('<i8', BigInt64Array.of(1n, 2n, 3_000_000_000n)), 'a.npy')).toThrow(
      'a.npy holds 3000000000 at element 2 of <i8, which does not fit i32; save smaller numbers',
    );
    expect(() => decodeNpy(file('<u8', BigUint64Array.of(0n, 2n ** 32n, 0n)), 'a.npy')).toThrow(
      'a.npy holds 4294967296 at element 1 of <u8, which does not fit u32',
    );
  });

  it('and raw files fill buffers in the type and shape asked for', async () => {
    const [npy, raw] = [join(folder.path, 'a.npy'), join(folder.path, 'a.bin')];
    await writeFile(npy, saved('f4'));
    await writeFile(raw, new Uint8Array(new Int32Array([5, -6]).buffer));
    const x = arrayIn(await readArray(npy), { type: 'i32', shape: [6] }, 'f32', 'x');
    expect(x).toMatchObject({ type: 'i32', shape: [6] });
    expect([...valuesOf(x)].slice(0, 4)).toEqual([1, 2, -3, 0]);
    const y = arrayIn(await readArray(raw), {}, 'i32', 'y');
    expect([...valuesOf(y)]).toEqual([5, -6]);
    const seven = arrayIn.bind(undefined, await readArray(npy), { shape: [7] }, 'f32', 'x');
    expect(seven).toThrow(/a\.npy holds f32\[2,3\], but \[7\] was asked for$/);
    await expect(readArray('none.npy')).rejects.toThrow('none.npy: there is no such file');
  });
});

describe('checks of results', () => {
  const f32 = (...values: number[]) => arrayFrom('f32', [values.length], (i) => values[i]);

  it('count NaN and infinities and leave them out of range and mean', () => {
    const summary = summarise(f32(1, Number.NaN, 3, Number.NEGATIVE_INFINITY, Number.NaN));
    expect(summary).toEqual({
      min: 1,
      max: 3,
      mean: 2,
      nan: { count: 2, first: 1 },
      infinite: { count: 1, first: 3 },
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
    const all = combinations(
      new Map([
        ['A', [6, 7]],
        ['B', [3, 4, 5]],
      ]),
    );
    expect(all).toEqual([
      { A: 6, B: 3 },
      { A: 6, B: 4 },
      { A: 6, B: 5 },
      { A: 7, B: 3 },
      { A: 7, B: 4 },
      { A: 7, B: 5 },
    ]);
    expect(combinations(new Map())).toEqual([{}]);
  });
});

describe('times', () => {
  it('have medians of odd and of even numbers of samples', () => {
    expect(timingOf([3, 1, 2], 7)).toEqual({
      median: 2,
      best: 1,
      worst: 3,
      samples: [3, 1, 2],
      dispatches: 7,
    });
    expect(timingOf([4, 1, 3, 2], 1).median).toBe(2.5);
  });
});

describe('a shader file', () => {
  it('knows of each line where it comes from, and takes snippets beside it before those of taskgrad', async () => {
    const file = join(folder.path, 'k.wgsl');
    await writeFile(file, '// four lines\n//#import mine\n//#import nan\nfn f() {}\n');
    await writeFile(join(folder.path, 'mine.wgsl'), 'const A = 1u;\nconst B = 2;');
    const { code, origins, files } = await readShader(file);
    const lines = code.split('\n');
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

  it('that is a text has taskgrad’s snippets and no others', async () => {
    const { code, origins, files } = await shaderOf('//#import nan\r\nfn f() {}');
    expect(code).toContain('fn is_nan');
    expect(origins.at(-1)).toEqual({ file: 'given as text', line: 2 });
    expect(files).toEqual([]);
    await expect(shaderOf('\n//#import mine')).rejects.toThrow(
      "given as text:2 imports 'mine', which is no snippet of taskgrad",
    );
  });

  it('gets other constants in the type they had', () => {
    const code =
      'const A = 16u;\nconst B: f32 = 0.5;\n  const C = true;\nconst D = 2.0;\nconst AB = 1;\n// const A = 1;';
    const values = new Map(Object.entries({ A: 8, B: 3, C: 0, D: 4 }));
    expect(setConstants(code, values).split('\n')).toEqual([
      'const A = 8u;',
      'const B: f32 = 3.0;',
      '  const C = false;',
      'const D = 4.0;',
      'const AB = 1;',
      '// const A = 1;',
    ]);
  });
});
