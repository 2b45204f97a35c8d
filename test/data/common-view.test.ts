import { describe, expect, it } from 'vitest';
import { commonViews } from '../../src/data/common-view';
import { DataError } from '../../src/data/errors';

const set = (name: string, ...shape: [number, number, number]) => ({ name, shape });

describe('commonViews', () => {
  it('puts MNIST into the middle of 32 x 32 pixels in three channels beside CIFAR-10', () => {
    expect(commonViews([set('MNIST', 1, 28, 28), set('CIFAR-10', 3, 32, 32)])).toEqual([
      { pad: 2, channels: 3 },
      { pad: 0, channels: 3 },
    ]);
  });

  it('leaves sets of one shape as they are', () => {
    expect(commonViews([set('MNIST', 1, 28, 28), set('Fashion-MNIST', 1, 28, 28)])).toEqual([
      { pad: 0, channels: 1 },
      { pad: 0, channels: 1 },
    ]);
    expect(commonViews([set('wide', 2, 8, 12)])).toEqual([{ pad: 0, channels: 2 }]);
  });

  it.each([
    ['has no middle', set('odd', 1, 33, 33), 'found 28 x 28, which leaves 5 rows and 5 columns'],
    ['has other proportions', set('wide', 1, 28, 32), 'found 28 x 28, which leaves 0 rows and 4 columns'],
  ])('refuses an image that %s, naming the smaller set', (_, other, words) => {
    const make = () => commonViews([set('MNIST', 1, 28, 28), other]);
    expect(make).toThrow(DataError);
    expect(make).toThrow(`MNIST: expected images that stand in the middle`);
    expect(make).toThrow(words);
  });
});
