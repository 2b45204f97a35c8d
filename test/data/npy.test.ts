import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/data/errors';
import { checkByteRows, npyDataOffset, parseNpyHeader } from '../../src/data/npy';
import { failure } from './failure';
import { npyBytes } from './npy-bytes';

const elements = Uint8Array.of(1, 2, 3, 4, 5, 6);

/** What np.save writes of np.zeros((2, 3), 'uint8'), from NumPy 2.4. */
const FROM_NUMPY = Buffer.from(
  '934e554d5059010076007b276465736372273a20277c7531272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c2033292c207d' +
    '20'.repeat(58) +
    '0a' +
    '000000000000',
  'hex',
);

async function refusal(call: () => unknown): Promise<DataError> {
  const error = await failure(call);
  expect(error).toBeInstanceOf(DataError);
  expect(String(error)).not.toContain('\n');
  return error as DataError;
}

describe('an npy header', () => {
  it('is read as NumPy writes it', () => {
    expect(npyDataOffset(FROM_NUMPY.subarray(0, 12), 'a')).toBe(128);
    expect(parseNpyHeader(FROM_NUMPY, 'a')).toEqual({ dtype: '|u1', fortranOrder: false, shape: [2, 3] });
    expect(FROM_NUMPY.length).toBe(134);
  });

  it.each([1, 2, 3])(
    'of version %i tells where the elements are, and their type, order and shape',
    (version) => {
      const bytes = npyBytes([2, 3], elements, { version });
      const offset = npyDataOffset(bytes.subarray(0, 12), 'a');
      expect([...bytes.subarray(offset)]).toEqual([...elements]);
      expect(parseNpyHeader(bytes.subarray(0, offset), 'a').shape).toEqual([2, 3]);
    },
  );

  it.each([
    ['a vector', [6], false],
    ['a matrix in Fortran order', [2, 3], true],
    ['a single number', [], false],
  ])('of %s is read', (_, shape, fortran) => {
    const bytes = npyBytes(shape, elements, { fortran });
    expect(parseNpyHeader(bytes, 'a')).toEqual({ dtype: '|u1', fortranOrder: fortran, shape });
  });

  it.each([
    ['an empty file', Buffer.alloc(0), 'DATA_FORMAT', 'found an empty file'],
    ['another format', Buffer.from('PK\x03\x04 and more than that'), 'DATA_FORMAT', 'found 50 4b 03 04'],
    [
      'a cut prefix',
      npyBytes([2, 3], elements).subarray(0, 9),
      'DATA_CUT',
      '12 bytes of header, found 9 bytes',
    ],
    ['a cut header', npyBytes([2, 3], elements).subarray(0, 60), 'DATA_CUT', '128 bytes of header, found 60'],
    ['an unknown version', npyBytes([2, 3], elements, { version: 4 }), 'DATA_FORMAT', 'found version 4.0'],
    [
      'records for elements',
      npyBytes([2, 3], elements, { dtype: "[('x', '|u1')]" }),
      'DATA_FORMAT',
      'expected one type, the order and the shape',
    ],
  ])('is refused: %s', async (_, bytes, code, words) => {
    const error = await refusal(() => parseNpyHeader(bytes, 'cat.npy'));
    expect(error).toMatchObject({ code, problem: { file: 'cat.npy' } });
    expect(error.message).toContain(words);
  });

  it('is refused if its length is past any real one', async () => {
    const bytes = npyBytes([2, 3], elements, { version: 2 });
    bytes.writeUInt32LE(4_000_000_000, 8);
    expect((await refusal(() => npyDataOffset(bytes, 'a'))).message).toContain('found one of 4000000000');
  });
});

describe('checkByteRows', () => {
  const check = (header: Parameters<typeof checkByteRows>[0], fileSize = 128 + 6) =>
    checkByteRows(header, { name: 'a', width: 3, offset: 128, fileSize });
  const header = { dtype: '|u1', fortranOrder: false, shape: [2, 3] };

  it('counts the rows', () => {
    expect(check(header)).toBe(2);
  });

  it.each([
    ['floats', { ...header, dtype: '<f4' }, 134, 'DATA_FORMAT', "type '|u1' (unsigned bytes), found '<f4'"],
    [
      'Fortran order',
      { ...header, fortranOrder: true },
      134,
      'DATA_FORMAT',
      '(C order), found Fortran order',
    ],
    ['another width', { ...header, shape: [3, 2] }, 134, 'DATA_SHAPE', 'shape (N, 3), found (3, 2)'],
    ['three dimensions', { ...header, shape: [2, 3, 1] }, 134, 'DATA_SHAPE', 'found (2, 3, 1)'],
    ['a cut file', header, 133, 'DATA_CUT', '134 bytes for shape (2, 3), found 133 bytes'],
    ['bytes too many', header, 135, 'DATA_TRAILING', '134 bytes for shape (2, 3), found 135 bytes'],
  ])('refuses %s', async (_, wrong, size, code, words) => {
    const error = await refusal(() => check(wrong, size));
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
  });
});
