import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/data/errors';
import { parseIdx } from '../../src/data/idx';
import { failure } from './failure';
import { idxBytes } from './idx-bytes';

describe('parseIdx', () => {
  it('reads shape and elements of an array in three dimensions', () => {
    const { shape, data } = parseIdx(idxBytes([2, 1, 3], [1, 2, 3, 250, 251, 252]), 'a');
    expect(shape).toEqual([2, 1, 3]);
    expect([...data]).toEqual([1, 2, 3, 250, 251, 252]);
  });

  it('reads dimensions as big-endian', () => {
    const bytes = new Uint8Array(8 + 258);
    bytes.set([0, 0, 8, 1, 0, 0, 1, 2]);
    expect(parseIdx(bytes, 'a').shape).toEqual([258]);
  });

  it('reads bytes that begin in the middle of a buffer', () => {
    const padded = Buffer.concat([Buffer.from([9, 9, 9]), idxBytes([2], [4, 5]), Buffer.from([9])]);
    expect([...parseIdx(padded.subarray(3, -1), 'a').data]).toEqual([4, 5]);
  });

  it('reads an array without elements', () => {
    expect(parseIdx(idxBytes([0, 28], []), 'a')).toEqual({ shape: [0, 28], data: new Uint8Array() });
  });

  it.each([
    ['text', Buffer.from('hello, world'), 'DATA_FORMAT', 'magic 68 65 6c 6c'],
    ['no dimensions', Buffer.from([0, 0, 8, 0]), 'DATA_FORMAT', 'magic 00 00 08 00'],
    ['floats', idxBytes([1], [0, 0, 0, 0], 0x0d), 'DATA_FORMAT', 'found f32 (0x0d)'],
    ['an unknown type', idxBytes([1], [0], 0x0a), 'DATA_FORMAT', 'found unknown type (0x0a)'],
    ['an empty file', Buffer.alloc(0), 'DATA_CUT', 'found 0 bytes'],
    ['a cut header', idxBytes([2, 2], []).subarray(0, 9), 'DATA_CUT', '12 bytes of header, found 9 bytes'],
    ['cut elements', idxBytes([2, 2], [1, 2, 3]), 'DATA_CUT', '16 bytes for shape [2, 2], found 15 bytes'],
    ['bytes too many', idxBytes([2], [1, 2, 3]), 'DATA_TRAILING', '10 bytes for shape [2], found 11 bytes'],
    ['dimensions past any memory', idxBytes([0xffffffff, 0xffffffff], [1]), 'DATA_CUT', 'found 13 bytes'],
  ])('refuses %s and says what it found', async (_, bytes, code, text) => {
    const error = await failure(() => parseIdx(bytes, 'digits.idx'));
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ code, problem: { file: 'digits.idx' } });
    expect(String(error)).toContain(text);
    expect(String(error)).not.toContain('\n');
  });
});
