import { SIDE } from '../digit';
import { countOf, withPictures } from './collection';
import type { ClassFile } from './files';
import type { Collection, Picture } from './protocol';

const PIXELS = SIDE * SIDE;

/** A picture's middle square, scaled to 28 × 28, on white where it is transparent. @throws DOMException if it is none */
export async function pictureOf(source: Blob | HTMLVideoElement): Promise<Picture> {
  const whole = await createImageBitmap(source);
  const { width, height } = whole;
  const side = Math.min(width, height);
  const small = await createImageBitmap(whole, (width - side) / 2, (height - side) / 2, side, side, {
    resizeWidth: SIDE,
    resizeHeight: SIDE,
    resizeQuality: 'high',
  });
  whole.close();
  const pen = new OffscreenCanvas(SIDE, SIDE).getContext('2d', { willReadFrequently: true });
  if (!pen) throw new Error('this browser has no canvas to read pictures with');
  pen.fillStyle = 'white';
  pen.fillRect(0, 0, SIDE, SIDE);
  pen.drawImage(small, 0, 0);
  small.close();
  const { data } = pen.getImageData(0, 0, SIDE, SIDE);
  return Uint8Array.from({ length: 3 * PIXELS }, (_, i) => data[4 * (i % PIXELS) + Math.floor(i / PIXELS)]);
}

/** What came of reading files. */
export interface Read {
  readonly collection: Collection;
  readonly added: number;
  /** Files that are no pictures. */
  readonly refused: readonly string[];
  /** Files that there was no room for. */
  readonly left: number;
}

/**
 * The pictures in files, by their classes. Those that cannot be read are named and passed over.
 * @param room for so many there is room
 */
export async function read(files: readonly ClassFile[], room: number): Promise<Read> {
  let collection: Collection = [];
  const refused: string[] = [];
  for (const { className, file } of files.slice(0, room)) {
    try {
      collection = withPictures(collection, className, [await pictureOf(file)]);
    } catch {
      refused.push(file.name);
    }
  }
  return { collection, added: countOf(collection), refused, left: Math.max(0, files.length - room) };
}
