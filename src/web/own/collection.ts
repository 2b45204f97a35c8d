import { SIDE } from '../digit';
import type { Collection, OwnPictures, Picture, Seen } from './protocol';

const PIXELS = SIDE * SIDE;
/** A class has so many pictures at least: some to learn from and one to test on. */
export const FEWEST = 4;
const FEWEST_CLASSES = 2;
/** A label is a byte. */
const MOST_CLASSES = 256;
/** A picture more changes little, and all of them are held in memory. */
export const MOST = 5000;

/** Pictures put to a class, which is made where there is none of the name. */
export function withPictures(collection: Collection, name: string, pictures: readonly Picture[]): Collection {
  if (!collection.some((one) => one.name === name)) return [...collection, { name, pictures }];
  return collection.map((one) =>
    one.name === name ? { name, pictures: [...one.pictures, ...pictures] } : one,
  );
}

export const withoutClass = (collection: Collection, name: string): Collection =>
  collection.filter((one) => one.name !== name);

export const countOf = (collection: Collection): number =>
  collection.reduce((sum, { pictures }) => sum + pictures.length, 0);

/** Both, the pictures of the first before those of the second. */
export const joined = (first: Collection, second: Collection): Collection =>
  second.reduce((all, { name, pictures }) => withPictures(all, name, pictures), first);

/** Why no network can be trained on them yet, in sentences; none where one can. */
export function problemsOf(collection: Collection): string[] {
  const classes = collection.length;
  const few = collection.filter(({ pictures }) => pictures.length < FEWEST);
  return [
    ...(classes < FEWEST_CLASSES
      ? [`There are pictures of ${classes === 1 ? '1 class' : `${classes} classes`}; two or more are needed.`]
      : []),
    ...(classes > MOST_CLASSES
      ? [`There are pictures of ${classes} classes; at most ${MOST_CLASSES} can be told apart here.`]
      : []),
    ...few.map(({ name, pictures: { length } }) => {
      const has = length === 1 ? '1 picture' : `${length} pictures`;
      return `“${name}” has ${has}; ${FEWEST} or more are needed, one of them to test on.`;
    }),
  ];
}

/** A picture as a network sees it, [channels, 28, 28]. Grey as ITU-R BT.601 weighs red, green and blue. */
export function seenAs(picture: Picture, seen: Seen): Uint8Array {
  if (seen === 'colour') return picture;
  return Uint8Array.from({ length: PIXELS }, (_, i) => {
    const grey = 0.299 * picture[i] + 0.587 * picture[PIXELS + i] + 0.114 * picture[2 * PIXELS + i];
    return seen === 'inverted' ? 255 - Math.round(grey) : Math.round(grey);
  });
}

/** A grey picture in three equal colours. */
export function fromGrey(grey: Uint8Array): Picture {
  const picture = new Uint8Array(3 * PIXELS);
  for (let channel = 0; channel < 3; channel++) picture.set(grey, channel * PIXELS);
  return picture;
}

/** All pictures in one piece, as the engine takes them. */
export function gathered(collection: Collection, seen: Seen): OwnPictures {
  const channels = seen === 'colour' ? 3 : 1;
  const all = collection.flatMap(({ pictures }, label) => pictures.map((picture) => ({ picture, label })));
  const images = new Uint8Array(all.length * channels * PIXELS);
  for (const [i, { picture }] of all.entries()) images.set(seenAs(picture, seen), i * channels * PIXELS);
  return {
    classes: collection.map(({ name }) => name),
    channels,
    images,
    labels: Uint8Array.from(all, ({ label }) => label),
  };
}
