import { stat } from 'node:fs/promises';
import { DataError } from './errors';
import { loadSharp } from './sharp.node';

/** Pictures of more pixels are decoded one after the other. */
const BIG = 1 << 20;
/** Photographs take a bit a pixel or more. What claims to be packed more densely may have so many pixels, in 64 MB. */
const MOST_DENSE = 1 << 24;
const MOST_OF_A_BYTE = 16;
/** What reads a file goes by its content: SVG and others could come under the name of a PNG. */
const FORMATS = ['png', 'jpeg'];

/** What every picture is made into. */
export interface PictureSize {
  /** Height and width that every picture is scaled to, in pixels. */
  readonly size: number;
  /** 1 for grey, 3 for red, green, blue. */
  readonly channels: 1 | 3;
}

let big: Promise<unknown> = Promise.resolve();

/**
 * Pixels of a PNG or JPEG file, [channels, size, size]: turned as its camera says, laid on white where transparent, scaled
 * until it covers the square and cropped in the middle. Its header is read before anything is unpacked.
 * @throws DataError `DATA_FORMAT`
 */
export async function decodePicture(path: string, { size, channels }: PictureSize): Promise<Uint8Array> {
  const sharp = await loadSharp(path);
  try {
    const most = MOST_DENSE + MOST_OF_A_BYTE * (await stat(path)).size;
    const open = () => sharp(path, { limitInputPixels: most });
    const { format, width, height } = await open().metadata();
    if (!FORMATS.includes(format)) throw new Error(`a picture in the format ${format}`);
    const decode = () =>
      open()
        .autoOrient()
        .flatten({ background: 'white' })
        .resize(size, size, { fit: 'cover' })
        .toColourspace('srgb')
        .raw({ depth: 'uchar' })
        .toBuffer();
    const interleaved = await (width * height > BIG ? inTurn(decode) : decode());
    return channels === 1 ? grey(interleaved) : planes(interleaved);
  } catch (cause) {
    throw new DataError(
      'DATA_FORMAT',
      {
        file: path,
        expected: 'a whole PNG or JPEG picture',
        found: cause instanceof Error ? cause.message.split('\n')[0] : String(cause),
        advice: 'Mend the file or take it out of the folder',
      },
      { cause },
    );
  }
}

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const next = big.then(work);
  big = next.catch(() => undefined);
  return next;
}

/** As Pillow's mode 'L': ITU-R BT.601's luma, (299 r + 587 g + 114 b) / 1000, rounded. Source: Pillow, Convert.c. */
function grey(rgb: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: rgb.length / 3 }, (_, i) => {
    const [red, green, blue] = rgb.subarray(3 * i, 3 * i + 3);
    return (19_595 * red + 38_470 * green + 7_471 * blue + 0x8000) >> 16;
  });
}

function planes(rgb: Uint8Array): Uint8Array {
  const count = rgb.length / 3;
  return Uint8Array.from(rgb, (_, i) => rgb[(i % count) * 3 + Math.floor(i / count)]);
}
