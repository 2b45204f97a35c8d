import type { DataProblem } from './errors';

/**
 * A folder or file that a data set is read from. The host makes it (`placeAt` in Node), so that what reads data sets is
 * the same on every host. Each method looks anew, and throws a DataError that names the path.
 */
export interface Place {
  readonly path: string;
  /** Last part of the path. */
  readonly name: string;
  /** What has this name in the folder, whether it is there or not. */
  at(name: string): Place;
  isFile(): Promise<boolean>;
  /** Names in the folder, sorted. @throws DataError `DATA_MISSING`, in the words of `problem`, where there is no folder */
  list(problem: Pick<DataProblem, 'expected' | 'advice'>): Promise<string[]>;
  /** Bytes of the file. @throws DataError `DATA_UNREADABLE` */
  size(): Promise<number>;
  /** Content of the file. @throws DataError `DATA_UNREADABLE` */
  bytes(): Promise<Uint8Array>;
  /** `length` bytes of the file from `start` on. @throws DataError `DATA_CUT` where it ends before, `DATA_UNREADABLE` */
  part(start: number, length: number): Promise<Uint8Array>;
  /**
   * Content of the file, unpacked if it is gzipped. The content tells and not the name: browsers unpack a `.gz` download
   * without renaming it.
   * @throws DataError `DATA_UNREADABLE`, `DATA_CUT`
   */
  unzipped(): Promise<Uint8Array>;
  /**
   * Contents of the wanted files of this `.tar.gz`, by their names without folders.
   * @throws DataError `DATA_UNREADABLE`, `DATA_FORMAT` (no gzip, or no tar in it), `DATA_CUT`
   */
  untarred(wanted: (name: string) => boolean): Promise<Map<string, Uint8Array>>;
}
