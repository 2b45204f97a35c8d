import { describe, expect, test } from 'vitest';
import {
  fromGrey,
  gathered,
  problemsOf,
  seenAs,
  withoutClass,
  withPictures,
} from '../../src/web/own/collection';
import type { Collection } from '../../src/web/own/protocol';
import { ownAfter } from '../../src/web/own/state';

const PIXELS = 28 * 28;
const plain = (red: number, green: number, blue: number) =>
  Uint8Array.from({ length: 3 * PIXELS }, (_, i) => [red, green, blue][Math.floor(i / PIXELS)]);

describe('a collection of own pictures', () => {
  const four = Array.from({ length: 4 }, () => plain(0, 0, 0));

  test('puts pictures to their class, in order, and makes a class that is not there', () => {
    const cups = withPictures([], 'cups', [plain(1, 1, 1)]);
    const both = withPictures(cups, 'pens', [plain(2, 2, 2)]);
    const more = withPictures(both, 'cups', [plain(3, 3, 3)]);
    expect(more.map(({ name, pictures }) => [name, pictures.map(([first]) => first)])).toEqual([
      ['cups', [1, 3]],
      ['pens', [2]],
    ]);
    expect(withoutClass(more, 'cups').map(({ name }) => name)).toEqual(['pens']);
  });

  test('says which class has too few pictures, and that one class is not enough', () => {
    const cups: Collection = [{ name: 'cups', pictures: four }];
    expect(problemsOf(cups)).toEqual(['There are pictures of 1 class; two or more are needed.']);
    expect(problemsOf([...cups, { name: 'pens', pictures: four.slice(1) }])).toEqual([
      '“pens” has 3 pictures; 4 or more are needed, one of them to test on.',
    ]);
    expect(problemsOf([...cups, { name: 'pens', pictures: four }])).toEqual([]);
  });

  test('of more classes than a byte can name is refused', () => {
    const many = Array.from({ length: 257 }, (_, i) => ({ name: `${i}`, pictures: four }));
    expect(problemsOf(many)).toEqual([
      'There are pictures of 257 classes; at most 256 can be told apart here.',
    ]);
    expect(problemsOf(many.slice(1))).toEqual([]);
  });

  test('shows a network grey, inverted or coloured pictures', () => {
    const orange = plain(200, 100, 0);
    const grey = Math.round(0.299 * 200 + 0.587 * 100);
    expect([...seenAs(orange, 'grey')]).toEqual(new Array(PIXELS).fill(grey));
    expect(seenAs(orange, 'inverted')[5]).toBe(255 - grey);
    expect(seenAs(orange, 'colour')).toEqual(orange);
    expect(seenAs(fromGrey(seenAs(orange, 'grey')), 'grey')).toEqual(seenAs(orange, 'grey'));
  });

  test('is gathered into one array, with labels in the order of the classes', () => {
    const both: Collection = [
      { name: 'cups', pictures: [plain(9, 9, 9)] },
      { name: 'pens', pictures: [plain(1, 2, 3), plain(4, 5, 6)] },
    ];
    const { classes, channels, images, labels } = gathered(both, 'colour');
    expect({ classes, channels, labels: [...labels] }).toEqual({
      classes: ['cups', 'pens'],
      channels: 3,
      labels: [0, 1, 1],
    });
    expect([0, PIXELS, 3 * PIXELS, 4 * PIXELS, 6 * PIXELS, 8 * PIXELS].map((at) => images[at])).toEqual([
      9, 9, 1, 2, 4, 6,
    ]);
    expect(gathered(both, 'grey').images.length).toBe(3 * PIXELS);
  });
});

test('a network trained anew takes away what was known of the one before', () => {
  const trained = {
    network: 'NN2' as const,
    classes: ['a', 'b'],
    channels: 1 as const,
    epochs: [],
    totalEpochs: 3,
    images: { train: 6, test: 2 },
  };
  const known = { trained, probabilities: [0.5, 0.5], distances: { cells: [], total: 20 } };
  expect(ownAfter(known, { type: 'trained', trained })).toEqual({ trained });
  const epochs = [{ loss: 1, accuracy: 0.5 }];
  expect(ownAfter(known, { type: 'trained', trained: { ...trained, epochs } })).toEqual({
    ...known,
    trained: { ...trained, epochs },
  });
});
