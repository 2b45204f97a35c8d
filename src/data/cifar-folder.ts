import { type CifarFile, type CifarFormat, parseCifar, parseClassNames, recordBytes } from './cifar';
import { makeDataset, type NotedDataset } from './dataset';
import { DataError } from './errors';
import type { ArchiveLimits, Place } from './place';

/** Bytes of a file of class names. */
const MOST_NAMES = 65_536;
/** Bytes of an archive beside its images: what else is in it, and headers. */
const REST = 1 << 20;

/** How a data set's files are named, and where they lie when its archive was unpacked or not. */
export interface CifarLayout {
  readonly format: CifarFormat;
  readonly train: RegExp;
  readonly test: string;
  /** File of the class names, one a line; it may be missing. */
  readonly names: string;
  /** The training files, in words. */
  readonly wanted: string;
  readonly trainFiles: number;
  readonly trainImages: number;
  readonly testImages: number;
  readonly folder: string;
  readonly archive: string;
  /** What to do about files that are missing, as a sentence. */
  readonly advice: string;
}

/** Whether names in a folder are those of this data set, packed or unpacked. */
export const hasCifarFiles = (present: readonly string[], layout: CifarLayout): boolean =>
  present.some((name) => isPart(name, layout) || name === layout.folder || name === layout.archive);

/**
 * Reads a data set in CIFAR's binary format: a folder with the test file and one or more of the training files, a folder
 * with the official archive in it, packed or unpacked, or that `.tar.gz` itself. Images are [3, 32, 32].
 * @throws DataError when a file is missing, unreadable or cut, or holds a label that is no class
 */
export async function loadCifar(given: Place, layout: CifarLayout): Promise<NotedDataset> {
  const place = await locate(given, layout);
  const files = await readParts(place, layout);
  const { format, test, names, trainFiles, trainImages } = layout;
  const training = [...files.keys()].filter((name) => layout.train.test(name)).sort(byNumber);
  const missing = [...(training.length === 0 ? [layout.wanted] : []), ...(files.has(test) ? [] : [test])];
  if (missing.length > 0) {
    throw new DataError('DATA_MISSING', {
      file: place.path,
      expected: `${layout.wanted} and ${test}, or ${layout.archive}`,
      found: `no ${missing.join(', no ')}`,
      advice: layout.advice,
    });
  }
  const part = (name: string): CifarFile => ({
    name: place.at(name).path,
    bytes: files.get(name) ?? new Uint8Array(),
  });
  const classes = files.has(names) ? parseClassNames(part(names), format) : format.classes;
  const named = { ...format, classes };
  const train = parseCifar(`${format.name} train`, training.map(part), named);
  const notes =
    train.labels.length < trainImages
      ? [
          `${train.labels.length} of the published ${trainImages} training images, ${training.length} of ${trainFiles} files`,
        ]
      : [];
  return makeDataset(format.name, train, parseCifar(`${format.name} test`, [part(test)], named), notes);
}

const isPart = (name: string, { train, test, names }: CifarLayout): boolean =>
  train.test(name) || name === test || name === names;

/** Batch 10 comes after batch 9. */
const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

/** The folder of the parts or the archive that a place means: itself, or one in it. */
async function locate(place: Place, layout: CifarLayout): Promise<Place> {
  if (await place.isFile()) return place;
  const present = await list(place, layout);
  if (present.some((name) => isPart(name, layout))) return place;
  const inside = [layout.folder, layout.archive].find((name) => present.includes(name));
  return inside === undefined ? place : place.at(inside);
}

/** The published images and no more. */
function limitsOf(layout: CifarLayout): ArchiveLimits {
  const images = (count: number) => count * recordBytes(layout.format);
  return {
    entry: (name) => {
      if (!isPart(name, layout)) return undefined;
      if (name === layout.names) return MOST_NAMES;
      return images(name === layout.test ? layout.testImages : layout.trainImages);
    },
    whole: images(layout.trainImages + layout.testImages) + REST,
    advice: `The published archive of ${layout.format.name} has no more: get it again, or unpack yours and name the folder`,
  };
}

async function readParts(place: Place, layout: CifarLayout): Promise<Map<string, Uint8Array>> {
  const wanted = (name: string) => isPart(name, layout);
  if (await place.isFile()) return place.untarred(limitsOf(layout));
  const files = new Map<string, Uint8Array>();
  for (const name of (await list(place, layout)).filter(wanted)) {
    files.set(name, await place.at(name).bytes());
  }
  return files;
}

const list = (place: Place, { wanted, test, archive, advice }: CifarLayout): Promise<string[]> =>
  place.list({ expected: `a folder with ${wanted} and ${test}, or ${archive}`, advice });
