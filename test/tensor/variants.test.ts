import { describe, expect, test } from 'vitest';
import { Variants, type Way } from '../../src/tensor/variants';

const ways = (log: string[], ...names: string[]): Way<string>[] =>
  names.map((name) => [
    name,
    () => {
      log.push(name);
      return name === 'cannot' ? undefined : name;
    },
  ]);

describe('a choice between ways', () => {
  test('is the first that can, where nothing was measured', () => {
    const log: string[] = [];
    expect(new Variants().pick('op', [3], [], () => ways(log, 'cannot', 'a', 'b'))).toBe('a');
    expect(log).toEqual(['cannot', 'a']);
  });

  test('is the one that was chosen for sizes within a factor of two, as long as it can', () => {
    const variants = new Variants();
    variants.choose({ 'op 64×8': 'b', 'op 1×8': 'cannot' });
    const pick = (...sizes: number[]) => variants.pick('op', sizes, [], () => ways([], 'a', 'b', 'cannot'));
    expect([pick(64, 8), pick(33, 5), pick(65, 8), pick(1, 8)]).toEqual(['b', 'b', 'a', 'a']);
    expect(variants.pick('other', [64, 8], [], () => ways([], 'a', 'b'))).toBe('a');
  });

  test('of nothing that can is an error that names the op', () => {
    expect(() => new Variants().pick('op', [], [], () => ways([], 'cannot'))).toThrow(
      'op: none of its ways (cannot) can do these sizes; put a way last that does all of them',
    );
  });

  test('while ways are tried goes round all of them', async () => {
    const variants = new Variants();
    const picked: string[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const most = await variants.attempt(turn, async () => {
        picked.push(
          variants.pick('op', [2], [], () => ways([], 'a', 'cannot', 'b')),
          variants.pick('op', [2], [], () => ways([], 'c')),
        );
      });
      expect(most).toBe(3);
    }
    expect(picked).toEqual(['a', 'c', 'b', 'c', 'b', 'c']);
    expect(variants.pick('op', [2], [], () => ways([], 'a', 'b'))).toBe('a');
  });
});
