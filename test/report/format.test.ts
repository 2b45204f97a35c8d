import { describe, expect, it } from 'vitest';
import { formatCount, formatDistance, formatMillions, formatSeconds } from '../../src/report/format';

describe('format', () => {
  it.each([
    [0, '0'],
    [0.00004, '4.0e-5'],
    [0.0217, '0.022'],
    [0.4821, '0.48'],
    [31.456, '31.46'],
    [1234.5, '1235'],
  ])('a distance of %d reads %s', (value, text) => {
    expect(formatDistance(value)).toBe(text);
  });

  it.each([
    [0, '0.0 s'],
    [59.94, '59.9 s'],
    [59.97, '1 min 0 s'],
    [119.6, '2 min 0 s'],
    [3599.7, '1 h 0 min'],
    [7500, '2 h 5 min'],
    [200_000, '2.3 days'],
  ])('%d seconds read %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });

  it.each([
    [0, '0'],
    [0.000792, '0.0008'],
    [0.00996, '0.0100'],
    [0.0706, '0.071'],
    [0.9994, '0.999'],
    [2.284, '2.28'],
  ])('%d million parameters read %s', (millions, text) => {
    expect(formatMillions(millions)).toBe(text);
  });

  it('groups thousands by a narrow space that does not break', () => {
    expect(formatCount(1234567)).toBe('1\u202f234\u202f567');
    expect(formatCount(999)).toBe('999');
  });
});
