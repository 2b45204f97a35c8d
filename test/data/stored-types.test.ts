import { describe, expect, it } from 'vitest';
import { DataError, StoredValueError } from '../../src/data/errors';
import { decodeSafetensors } from '../../src/data/safetensors';
import { failure } from './failure';

/** A file of one tensor x, by the format's description. */
function fileOf(dtype: string, shape: readonly number[], data: ArrayLike<number>): Buffer {
  const header = Buffer.from(JSON.stringify({ x: { dtype, shape, data_offsets: [0, data.length] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.from(Array.from(data))]);
}

const read = (dtype: string, shape: readonly number[], data: ArrayLike<number>) =>
  decodeSafetensors(fileOf(dtype, shape, data), 'net.safetensors').tensors.get('x');

const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Σ of bits, as IEEE 754 defines the number that a sign, an exponent and a fraction mean. */
function meaning(bits: number, exponentBits: number, fractionBits: number): number {
  const sign = bits >> (exponentBits + fractionBits) === 1 ? -1 : 1;
  const exponent = (bits >> fractionBits) % 2 ** exponentBits;
  const fraction = (bits % 2 ** fractionBits) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1)
    return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

describe('numbers of other types', () => {
  it.each([
    ['F16', 5, 10],
    ['BF16', 8, 7],
  ])(
    'of %s are read as f32, all 65,536 of them: denormals, infinities, NaN and both zeros',
    (dtype, exponent, fraction) => {
      const all = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
      const loaded = read(dtype, [65_536], bytesOf(all));
      expect(loaded?.dtype).toBe('F32');
      const wrong = [...all].filter(
        (bits) => !Object.is(loaded?.data[bits], meaning(bits, exponent, fraction)),
      );
      expect(wrong).toEqual([]);
    },
  );

  it.each<[string, number[], number[], string, number[]]>([
    ['F16', [2, 2], [0x00, 0x3c, 0x00, 0xc1, 0x01, 0x00, 0x00, 0x80], 'F32', [1, -2.5, 2 ** -24, -0]],
    ['BF16', [2], [0x80, 0x3f, 0x20, 0xc0], 'F32', [1, -2.5]],
    ['F64', [1], [0, 0, 0, 0, 0, 0, 0x04, 0xc0], 'F32', [-2.5]],
    ['I64', [2], [7, 0, 0, 0, 0, 0, 0, 0, 0xfe, 255, 255, 255, 255, 255, 255, 255], 'I32', [7, -2]],
    ['U64', [1], [255, 255, 255, 255, 0, 0, 0, 0], 'U32', [4294967295]],
    ['I16', [2], [0xfe, 0xff, 0xff, 0x7f], 'I32', [-2, 32767]],
    ['U16', [1], [0xfe, 0xff], 'I32', [65534]],
    ['I8', [3], [0xfe, 0x7f, 0x80], 'I32', [-2, 127, -128]],
    ['BOOL', [3], [0, 1, 1], 'I32', [0, 1, 1]],
    ['U8', [2], [0, 255], 'U8', [0, 255]],
    ['I64', [], [3, 0, 0, 0, 0, 0, 0, 0], 'I32', [3]],
    ['I64', [0, 2], [], 'I32', []],
    ['F16', [0], [], 'F32', []],
  ])('of %s %j are read from bytes spelled out', (dtype, shape, data, as, values) => {
    const loaded = read(dtype, shape, data);
    expect(loaded).toMatchObject({ dtype: as, shape });
    expect([...(loaded?.data ?? [Number.NaN])]).toEqual(values);
  });

  it('at the ends of their types are exact', () => {
    const ends = [-(2n ** 31n), 2n ** 31n - 1n];
    expect([...(read('I64', [2], bytesOf(BigInt64Array.from(ends)))?.data ?? [])]).toEqual(ends.map(Number));
    const largest = (2 - 2 ** -23) * 2 ** 127;
    const floats = Float64Array.of(2 ** -149, largest, Number.NEGATIVE_INFINITY, Number.NaN, -0);
    expect([...(read('F64', [5], bytesOf(floats))?.data ?? [])]).toEqual([...floats]);
  });

  it('are read from an odd place of a buffer', () => {
    const whole = fileOf('I64', [1], bytesOf(BigInt64Array.of(5n)));
    const shifted = Buffer.concat([Buffer.of(1), whole]).subarray(1);
    expect(decodeSafetensors(shifted, 'a').tensors.get('x')?.data).toEqual(Int32Array.of(5));
  });
});

describe('numbers that would become others', () => {
  const SMALLER = 'Save smaller numbers, or leave the tensor out of the file';
  const ROUND = 'Save the tensor as float32, which rounds it: x.float() in PyTorch';

  it.each<[string, ArrayBufferView, number[], string, string]>([
    [
      'I64',
      BigInt64Array.of(1n, 2n, 3_000_000_000n),
      [3],
      'I64 value 3000000000 at [2] does not fit i32',
      SMALLER,
    ],
    [
      'I64',
      BigInt64Array.of(1n, -(2n ** 31n) - 1n),
      [2, 1],
      'I64 value -2147483649 at [1, 0] does not fit i32',
      SMALLER,
    ],
    ['I64', BigInt64Array.of(2n ** 53n + 1n), [], 'I64 value 9007199254740993 does not fit i32', SMALLER],
    ['I64', BigInt64Array.of(0n, 2n ** 32n), [2], 'I64 value 4294967296 at [1] does not fit i32', SMALLER],
    ['U64', BigUint64Array.of(2n ** 32n), [1], 'U64 value 4294967296 at [0] does not fit u32', SMALLER],
    [
      'F64',
      Float64Array.of(1, 0.5, 2, 3, 0.1, 4),
      [2, 3],
      'F64 value 0.1 at [1, 1] is not exact in f32',
      ROUND,
    ],
    ['F64', Float64Array.of(1e39), [1], 'F64 value 1e+39 at [0] is not exact in f32', ROUND],
    ['F64', Float64Array.of(2 ** -150), [1], 'is not exact in f32', ROUND],
    [
      'BOOL',
      Uint8Array.of(1, 2),
      [2],
      'BOOL value 2 at [1] is neither 0 nor 1',
      'The file is damaged: get it again',
    ],
  ])('of %s are refused by name when their tensor is read', async (dtype, values, shape, text, advice) => {
    const loaded = read(dtype, shape, bytesOf(values));
    expect(loaded?.shape).toEqual(shape);
    const error = await failure(() => loaded?.data);
    expect(error).toBeInstanceOf(StoredValueError);
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ code: 'DATA_VALUE', file: 'net.safetensors', tensor: 'x', dtype });
    const { message } = error as Error;
    expect(message.startsWith('net.safetensors: tensor "x": ')).toBe(true);
    expect(message).toContain(`${text}. ${advice}`);
  });

  it('tell the value and its place', async () => {
    const loaded = read('I64', [2, 2], bytesOf(BigInt64Array.of(0n, 0n, 2n ** 40n, 0n)));
    const error = await failure(() => loaded?.data);
    expect(error).toMatchObject({ value: 2n ** 40n, index: [1, 0] });
  });
});

describe('a tensor of another type', () => {
  it('that does not fill its shape is refused as any other', () => {
    expect(() => read('BF16', [3], [0, 0, 0, 0])).toThrow(
      'net.safetensors, tensor x: expected 6 bytes for BF16 [3], found 4 bytes',
    );
  });
});
