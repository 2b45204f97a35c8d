import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/data/errors';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../src/data/safetensors';
import { failure } from './failure';

/** A file by the format's description: u64 length, header, data. */
function file(header: string, data: number[] = []): Buffer {
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.from(data)]);
}

const f32 = (shape: number[], ...values: number[]): StoredTensor => ({
  dtype: 'F32',
  shape,
  data: Float32Array.from(values),
});

/** 1 and -2 as little-endian f32. */
const ONE = [0, 0, 0x80, 0x3f];
const MINUS_TWO = [0, 0, 0, 0xc0];

describe('encodeSafetensors', () => {
  it('writes the bytes of the format, the header padded with spaces to 8', () => {
    const bytes = encodeSafetensors(new Map([['w', f32([2, 1], 1, -2)]]), { step: '3' });
    const header = '{"__metadata__":{"step":"3"},"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8, ' ');
    expect(padded.length).toBeGreaterThan(header.length);
    expect(Buffer.from(bytes)).toEqual(file(padded, [...ONE, ...MINUS_TWO]));
  });

  it('gives the same bytes whatever the order of the map and the metadata', () => {
    const a = f32([], 1);
    const b: StoredTensor = { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) };
    const one = encodeSafetensors(
      new Map([
        ['a', b],
        ['b', a],
      ]),
      { x: '1', y: '2' },
    );
    const other = encodeSafetensors(
      new Map([
        ['b', a],
        ['a', b],
      ]),
      { y: '2', x: '1' },
    );
    expect(other).toEqual(one);
  });

  it('puts four-byte types first, so that each tensor is aligned', () => {
    const bytes = encodeSafetensors(
      new Map<string, StoredTensor>([
        ['a', { dtype: 'U8', shape: [1], data: Uint8Array.of(7) }],
        ['b', f32([1], 1)],
      ]),
    );
    expect([...bytes.subarray(-5)]).toEqual([...ONE, 7]);
  });

  it('writes only the part of a buffer that a view shows', () => {
    const view = Float32Array.of(5, 1, 6).subarray(1, 2);
    const bytes = encodeSafetensors(new Map([['w', { dtype: 'F32', shape: [1], data: view }]]));
    expect([...bytes.subarray(-4)]).toEqual(ONE);
  });

  it('refuses a tensor whose data does not fill its shape', () => {
    expect(() => encodeSafetensors(new Map([['w', f32([2, 2], 1, 2, 3)]]))).toThrow(
      'w: expected 16 bytes for F32 [2, 2], found 12 bytes',
    );
  });

  it('refuses a tensor with the name of the metadata', () => {
    expect(() => encodeSafetensors(new Map([['__metadata__', f32([], 1)]]))).toThrow('another tensor name');
  });
});

describe('decodeSafetensors', () => {
  it('reads hand-built bytes of each dtype, in any order of the header', () => {
    const header =
      '{"c":{"dtype":"U8","shape":[2],"data_offsets":[12,14]},"a":{"shape":[1,1],"dtype":"F32",' +
      '"data_offsets":[0,4]},"u":{"dtype":"U32","shape":[1],"data_offsets":[8,12]},' +
      '"__metadata__":{"format":"pt"},"b":{"dtype":"I32","shape":[],"data_offsets":[4,8]}}';
    const bytes = file(header, [...ONE, 0xfe, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 8, 9]);
    const { tensors, metadata } = decodeSafetensors(bytes, 'x');
    expect(Object.fromEntries(tensors)).toEqual({
      a: { dtype: 'F32', shape: [1, 1], data: Float32Array.of(1) },
      b: { dtype: 'I32', shape: [], data: Int32Array.of(-2) },
      u: { dtype: 'U32', shape: [1], data: Uint32Array.of(0xfffffffe) },
      c: { dtype: 'U8', shape: [2], data: Uint8Array.of(8, 9) },
    });
    expect(metadata).toEqual({ format: 'pt' });
  });

  it('gives back what was encoded: odd names, empty tensors, special floats', () => {
    const tensors = new Map<string, StoredTensor>([
      ['0.weight', f32([2, 3], 1.5, -0, Infinity, -Infinity, 1e-45, 3.4e38)],
      ['10', { dtype: 'I32', shape: [2], data: Int32Array.of(-1, 2 ** 31 - 1) }],
      ['2', { dtype: 'U32', shape: [1], data: Uint32Array.of(2 ** 32 - 1) }],
      ['__proto__', f32([], 4)],
      ['größe "x"\n', { dtype: 'U8', shape: [3], data: Uint8Array.of(0, 128, 255) }],
      ['empty', f32([0, 5])],
      ['empty too', { dtype: 'U8', shape: [0], data: new Uint8Array() }],
    ]);
    const decoded = decodeSafetensors(encodeSafetensors(tensors, { note: 'ä "b"\n' }), 'x');
    expect(new Map([...decoded.tensors].sort())).toEqual(new Map([...tensors].sort()));
    expect(decoded.metadata).toEqual({ note: 'ä "b"\n' });
  });

  it('keeps the bits of a NaN', () => {
    const data = new Float32Array(Uint32Array.of(0x7fc12345).buffer);
    const { tensors } = decodeSafetensors(
      encodeSafetensors(new Map([['n', { dtype: 'F32', shape: [1], data }]])),
      'x',
    );
    const read = tensors.get('n')?.data;
    expect(new Uint32Array(read?.buffer ?? new ArrayBuffer(0))[0]).toBe(0x7fc12345);
  });

  it('reads a file without tensors', () => {
    expect(decodeSafetensors(file('{}'), 'x')).toEqual({ tensors: new Map(), metadata: {} });
  });

  it('reads from an unaligned place of a buffer and copies', () => {
    const whole = file('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', ONE);
    const shifted = Buffer.concat([Buffer.from([1]), whole]).subarray(1);
    const tensor = decodeSafetensors(shifted, 'x').tensors.get('w');
    shifted.fill(0);
    expect(tensor?.data).toEqual(Float32Array.of(1));
  });

  const entry = (rest: string) => `{"w":{${rest}}}`;
  const two = (a: string, b: string) =>
    `{"a":{"dtype":"U8","shape":[2],"data_offsets":${a}},"b":{"dtype":"U8","shape":[2],"data_offsets":${b}}}`;
  const good = entry('"dtype":"F32","shape":[1],"data_offsets":[0,4]');
  const hugeLength = Buffer.from([0, 0, 0, 0, 1, 0, 0, 0]);

  it.each([
    ['an empty file', Buffer.alloc(0), 'DATA_CUT', '8 bytes of header length, found 0 bytes'],
    ['a cut length', file('{}').subarray(0, 7), 'DATA_CUT', 'found 7 bytes'],
    ['a cut header', file(good, ONE).subarray(0, 20), 'DATA_CUT', `${8 + good.length} bytes of header`],
    ['a length past any header', hugeLength, 'DATA_FORMAT', 'a length of 4294967296'],
    ['cut data', file(good, [0, 0, 0]), 'DATA_CUT', '(4 of tensor data)'],
    ['bytes too many', file(good, [...ONE, 0]), 'DATA_TRAILING', '(4 of tensor data)'],
    ['bad JSON', file('{"w":'), 'DATA_FORMAT', 'JSON in UTF-8'],
    ['bad UTF-8', Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0xff]), 'DATA_FORMAT', 'JSON in UTF-8'],
    ['a header that is a list', file('[]'), 'DATA_FORMAT', 'a JSON object, found []'],
    ['metadata of numbers', file('{"__metadata__":{"a":1}}'), 'DATA_FORMAT', 'an object of strings'],
    ['metadata that is null', file('{"__metadata__":null}'), 'DATA_FORMAT', 'an object of strings'],
    ['a tensor that is a number', file('{"w":1}'), 'DATA_FORMAT', 'tensor w: expected a dtype'],
    ['an unknown dtype', file(entry('"dtype":"F8_E4M3"')), 'DATA_FORMAT', 'I8, BOOL, found "F8_E4M3"'],
    ['a dtype of Object', file(entry('"dtype":"toString"')), 'DATA_FORMAT', 'found "toString"'],
    [
      'no shape',
      file(entry('"dtype":"F32"')),
      'DATA_FORMAT',
      'a shape of non-negative integers, found nothing',
    ],
    ['a negative size', file(entry('"dtype":"F32","shape":[-1]')), 'DATA_FORMAT', 'found [-1]'],
    ['a broken size', file(entry('"dtype":"F32","shape":[0.5]')), 'DATA_FORMAT', 'found [0.5]'],
    ['no offsets', file(entry('"dtype":"F32","shape":[1]')), 'DATA_FORMAT', 'data_offsets [begin, end]'],
    [
      'offsets the wrong way round',
      file(entry('"dtype":"F32","shape":[1],"data_offsets":[4,0]'), ONE),
      'DATA_FORMAT',
      'found [4,0]',
    ],
    [
      'offsets that do not fit the shape',
      file(entry('"dtype":"F32","shape":[2],"data_offsets":[0,4]'), ONE),
      'DATA_SHAPE',
      'tensor w: expected 8 bytes for F32 [2], found 4 bytes',
    ],
    ['tensors that overlap', file(two('[0,2]', '[1,3]'), [1, 2, 3]), 'DATA_FORMAT', '1: it overlaps another'],
    ['two tensors in one place', file(two('[0,2]', '[0,2]'), [1, 2]), 'DATA_FORMAT', 'it overlaps another'],
    ['a hole between tensors', file(two('[0,2]', '[3,5]'), [1, 2, 3, 4, 5]), 'DATA_FORMAT', '3: a hole'],
    ['a hole at the start', file(two('[1,3]', '[3,5]'), [1, 2, 3, 4, 5]), 'DATA_FORMAT', '1: a hole'],
  ])('refuses %s', async (_, bytes, code, text) => {
    const error = await failure(() => decodeSafetensors(bytes, 'net.safetensors'));
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ code, problem: { file: 'net.safetensors' } });
    expect(String(error)).toContain(text);
    expect(String(error)).not.toContain('\n');
  });

  it('refuses every prefix of a good file', () => {
    const whole = encodeSafetensors(new Map([['w', f32([2], 1, 2)]]), { a: 'b' });
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeSafetensors(whole.subarray(0, length), 'x')).toThrow(DataError);
    }
  });
});

describe('a file of Python’s safetensors (test/golden/safetensors.py)', () => {
  const bytes = readFileSync(new URL('../golden/python.safetensors', import.meta.url));
  const tensors = new Map<string, StoredTensor>([
    ['encoder.0.weight', f32([2, 3], -0.5, -0.25, 0, 0.25, 0.5, 0.75)],
    ['encoder.0.bias', f32([2], 1.5, -2.25)],
    ['steps', { dtype: 'I32', shape: [], data: Int32Array.of(7) }],
    ['indices', { dtype: 'U32', shape: [2], data: Uint32Array.of(0, 2 ** 32 - 1) }],
    ['images', { dtype: 'U8', shape: [1, 3], data: Uint8Array.of(0, 1, 255) }],
    ['empty', f32([0, 3])],
  ]);

  it('is read: every dtype, a scalar, an empty tensor, the metadata', () => {
    const read = decodeSafetensors(bytes, 'python.safetensors');
    expect(read.metadata).toEqual({ format: 'np' });
    expect(read.tensors).toEqual(tensors);
  });

  it('is what we write of the same tensors, byte for byte', () => {
    expect(Buffer.from(encodeSafetensors(tensors, { format: 'np' }))).toEqual(bytes);
  });
});
