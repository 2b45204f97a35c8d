import type { DataProblem } from './errors';

/**
 * A folder or file that a data set is read from. The host makes it (`placeAt` in Node), so that what reads data sets is
 * the same on every host. Each method looks anew, and throws a DataError that names the path.
 */
export interface Place {
  /** For messages. */
  readonly path: string;
  /** Last part of the path. */
  readonly name: string;
  /** What has this name in the folder, whether it is there or not. */
  at(name: string): Place;
  /** Whether it is a file, and not a folder. */
  isFile(): Promise<boolean>;
  /** Names in the folder, sorted; without those that systems hide. @throws DataError `DATA_MISSING`, in the words of `problem`, where there is no folder */
  list(problem: Pick<DataProblem, 'expected' | 'advice'>): Promise<string[]>;
  /** Bytes of the file. @throws DataError `DATA_UNREADABLE` */
  size(): Promise<number>;
  /** Content of the file. @throws DataError `DATA_UNREADABLE` */
  bytes(): Promise<Uint8Array>;
  /** `length` bytes of the file from `start` on. @throws DataError `DATA_CUT` where it ends before, `DATA_UNREADABLE` */
  part(start: number, length: number): Promise<Uint8Array>;
  /**
   * The first `length` bytes of the file's content, all of it where it is shorter; unpacked if it is gzipped, no further
   * than that. The content tells and not the name: browsers unpack a `.gz` download without renaming it.
   * @throws DataError `DATA_UNREADABLE`, `DATA_CUT`
   */
  head(length: number): Promise<Uint8Array>;
  /**
   * Content of the file, unpacked if it is gzipped; no more than `most` bytes are ever made of it, however many are packed.
   * @throws DataError `DATA_UNREADABLE`, `DATA_CUT`, `DATA_TRAILING` for more than `most`
   */
  unzipped(most: number): Promise<Uint8Array>;
  /**
   * Contents of the wanted files of this `.tar.gz`, by their names without folders.
   * @throws DataError `DATA_UNREADABLE`, `DATA_FORMAT` (no gzip, no tar in it, two files of one name, more than the limits
   *   allow), `DATA_CUT`
   */
  untarred(limits: ArchiveLimits): Promise<Map<string, Uint8Array>>;
}

/** How much may be in an archive, which a few bytes of gzip can say to be anything. */
export interface ArchiveLimits {
  /** Most bytes of a file by its name without folders; undefined if it is not wanted. */
  readonly entry: (name: string) => number | undefined;
  /** Of the unpacked archive, what is not wanted included. */
  readonly whole: number;
  /** What there is to do where it holds more, as a sentence. */
  readonly advice: string;
}
