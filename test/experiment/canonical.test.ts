import { describe, expect, test } from 'vitest';
import { canonical, expanded, plainData } from '../../src/experiment/canonical';

describe('canonical JSON', () => {
  test('has members in the order of their names, in any depth', () => {
    const a = canonical({ b: [1, { d: 'x', c: null }], a: true });
    expect(a).toBe('{"a":true,"b":[1,{"c":null,"d":"x"}]}');
    expect(canonical({ a: true, b: [1, { c: null, d: 'x' }] })).toBe(a);
  });
});

describe('plain data', () => {
  test('leaves out what is undefined, and knows one zero', () => {
    expect(plainData('x', { a: undefined, b: [-0, 1.5, 'é', null, false] })).toStrictEqual({
      b: [0, 1.5, 'é', null, false],
    });
  });

  test.each([
    [{ rates: [0.1, Number.NaN] }, 'x.rates[1] is NaN'],
    [{ most: Number.POSITIVE_INFINITY }, 'x.most is Infinity'],
    [{ images: new Uint8Array(4) }, 'x.images is of the class Uint8Array'],
    [{ names: new Map() }, 'x.names is of the class Map'],
    [{ at: new Date(0) }, 'x.at is of the class Date'],
    [{ loss: Math.abs }, 'x.loss is function abs'],
    [[undefined], 'x[0] is undefined'],
    [{ $data: 'x' }, 'x.$data is a name with $'],
  ])('%o is refused by name', (value, message) => {
    expect(() => plainData('x', value)).toThrow(message);
  });

  test('comes back with objects in place of their short forms', async () => {
    const long = new Map([['7', new Uint8Array(3)]]);
    const short = plainData('x', { a: [long.get('7')], b: 1 }, (value) =>
      value instanceof Uint8Array ? { $at: '7' } : undefined,
    );
    expect(short).toEqual({ a: [{ $at: '7' }], b: 1 });
    const back = await expanded(short, async ({ $at }) => long.get(String($at)));
    expect(back).toStrictEqual({ a: [new Uint8Array(3)], b: 1 });
  });
});
