import { aList, aText, bytes, checkAll, listOf, options } from '../tensor/guard';
import { DataError } from './errors';
import { checkLabels, type ImageSet } from './images';

const SHAPE = [3, 32, 32] as const;
const PIXELS = SHAPE[0] * SHAPE[1] * SHAPE[2];

/** Bytes of an image with its labels. */
export const recordBytes = ({ labelRanges }: Pick<CifarFormat, 'labelRanges'>): number =>
  labelRanges.length + PIXELS;

/** What the files of a data set in this format hold. */
export interface CifarFormat {
  /** What people call the data set. */
  readonly name: string;
  /** Number of values of each label byte before the pixels; the last byte is the class. */
  readonly labelRanges: readonly number[];
  /** Names in the order of the labels. */
  readonly classes: readonly string[];
}

/** A file's content under its name, which the messages use. */
export interface CifarFile {
  /** For messages. */
  readonly name: string;
  /** All of it. */
  readonly bytes: Uint8Array;
}

/**
 * Reads files of CIFAR's binary format, one after the other, into one set: records of the label bytes and 3,072 pixels
 * in channel, row, column order, any number of them.
 * Source: Krizhevsky, "The CIFAR-10 and CIFAR-100 datasets", https://www.cs.toronto.edu/~kriz/cifar.html
 *
 * @throws DataError `DATA_CUT` (a file that is no whole number of records), `DATA_LABEL`
 * @example
 * ```ts
 * const record = Uint8Array.of(3, ...new Uint8Array(3072)); // a label, then 3 × 32 × 32 pixels
 * const { labels } = data.parseCifar('made up', [{ name: 'one.bin', bytes: record }], data.CIFAR10);
 * labels; // → [3]
 * ```
 */
export function parseCifar(name: string, files: readonly CifarFile[], format: CifarFormat): ImageSet {
  checkAll('parseCifar', {
    name: [name, aText],
    files: [files, listOf('files', options({ name: aText, bytes }))],
    format: [format, options({ labelRanges: aList, classes: aList })],
  });
  const { labelRanges, classes } = format;
  const record = recordBytes(format);
  for (const file of files) checkLength(file, record);
  const count = files.reduce((sum, { bytes }) => sum + bytes.length / record, 0);
  const images = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  let at = 0;
  for (const { name: file, bytes } of files) {
    const records = bytes.length / record;
    for (const [byte, range] of labelRanges.entries()) {
      for (let i = 0; i < records; i++) labels[at + i] = bytes[i * record + byte];
      checkLabels(labels.subarray(at, at + records), range, file);
    }
    for (let i = 0; i < records; i++) {
      const start = i * record + labelRanges.length;
      images.set(bytes.subarray(start, start + PIXELS), (at + i) * PIXELS);
    }
    at += records;
  }
  return { name, images, labels, shape: SHAPE, classes };
}

/**
 * Class names from the text file beside the records: one a line, blank lines at the end.
 * @throws DataError `DATA_FORMAT` unless there is a name for each class
 */
export function parseClassNames({ name, bytes }: CifarFile, { classes }: CifarFormat): readonly string[] {
  const names = new TextDecoder()
    .decode(bytes)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (names.length === classes.length) return names;
  throw new DataError('DATA_FORMAT', {
    file: name,
    expected: `${classes.length} class names, one a line`,
    found: String(names.length),
  });
}

function checkLength({ name, bytes: { length } }: CifarFile, record: number): void {
  if (length > 0 && length % record === 0) return;
  const whole = Math.floor(length / record);
  throw new DataError('DATA_CUT', {
    file: name,
    expected: `records of ${record} bytes, at least one and all of them whole`,
    found: length === 0 ? 'an empty file' : `${length} bytes (${whole} records and ${length % record} bytes)`,
    advice: 'The file is cut short or of another format: get it again',
  });
}
