import { TaskgradError } from '../../runtime/errors';

export type DataErrorCode =
  | 'DATA_MISSING'
  | 'DATA_UNREADABLE'
  | 'DATA_CUT'
  | 'DATA_TRAILING'
  | 'DATA_FORMAT'
  | 'DATA_DAMAGED'
  | 'DATA_OTHER'
  | 'DATA_SHAPE'
  | 'DATA_LABEL'
  | 'DATA_VALUE'
  | 'DATA_INDEX'
  | 'DATA_SPLIT';

/** What is wrong with data. */
export interface DataProblem {
  /** File, folder or data set the problem is in. */
  readonly file: string;
  /** The place inside it, such as a JSON field or a tensor's name. */
  readonly field?: string;
  /** What should be there. */
  readonly expected: string;
  /** What is. */
  readonly found: string;
  /** What the reader can do about it, as a sentence. */
  readonly advice?: string;
}

/** Data that is missing, broken or does not fit together. The message is one line. */
export class DataError extends TaskgradError {
  readonly problem: DataProblem;

  /** @param options.message default: that of the problem's parts */
  constructor(
    code: DataErrorCode,
    problem: DataProblem,
    options: { cause?: unknown; message?: string } = {},
  ) {
    const place = problem.field === undefined ? problem.file : `${problem.file}, ${problem.field}`;
    const advice = problem.advice === undefined ? '' : `. ${problem.advice}`;
    const { message = `${place}: expected ${problem.expected}, found ${problem.found}${advice}` } = options;
    super(code, message, options);
    this.problem = problem;
  }
}

/** A label outside 0 to classes - 1. `range` is the inclusive range of valid labels. */
export class LabelError extends DataError {
  readonly index: number;
  readonly value: number;
  readonly range: readonly [number, number];

  constructor(file: string, index: number, value: number, classes: number) {
    super('DATA_LABEL', {
      file,
      field: `image ${index}`,
      expected: `a label from 0 to ${classes - 1}`,
      found: String(value),
    });
    this.index = index;
    this.value = value;
    this.range = [0, classes - 1];
  }
}

/** A number in a file that no type of ours has exactly. */
export class StoredValueError extends DataError {
  /**
   * @param dtype the file's type, as in 'I64'
   * @param index of the value in the tensor; empty for a scalar
   * @param reason why it is refused, as in 'does not fit i32', and what to do
   */
  constructor(
    readonly file: string,
    readonly tensor: string,
    readonly dtype: string,
    readonly value: number | bigint,
    readonly index: readonly number[],
    { problem, advice }: { readonly problem: string; readonly advice: string },
  ) {
    const place = index.length === 0 ? '' : ` at [${index.join(', ')}]`;
    const found = `${dtype} value ${value}${place}`;
    super(
      'DATA_VALUE',
      { file, field: `tensor ${tensor}`, expected: 'values that can be read exactly', found, advice },
      { message: `${file}: tensor "${tensor}": ${found} ${problem}. ${advice}` },
    );
  }
}

/** Why a write can fail, by the system's error code. */
const WRITE_FAILURES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full. Free some space or choose another folder with --out',
  EDQUOT: 'the disk quota is used up. Free some space or choose another folder with --out',
  EACCES: 'permission denied. Choose a folder that you may write to with --out',
  EPERM: 'permission denied. Choose a folder that you may write to with --out',
  EROFS: 'the file system is read-only. Choose another folder with --out',
  ENOTDIR: 'a part of this path is not a folder. Choose another folder with --out',
  EEXIST: 'a part of this path is not a folder. Choose another folder with --out',
  EISDIR: 'this is a folder, not a file. Move it or choose another folder with --out',
  EFBIG: 'the file would be larger than this system allows. Choose another folder with --out',
  ENOENT: 'the folder cannot be made here. Choose another folder with --out',
};

/** An output file or folder that cannot be written. `systemCode` is Node's, such as `ENOSPC`. */
export class OutputError extends TaskgradError {
  readonly path: string;
  readonly systemCode: string;

  constructor(path: string, systemCode: string, options?: { cause?: unknown }) {
    super('OUTPUT_UNWRITABLE', `cannot write ${path}: ${WRITE_FAILURES[systemCode] ?? systemCode}`, options);
    this.path = path;
    this.systemCode = systemCode;
  }
}

/** A file that could not be had from the network. The message is one line and says what to do. */
export class DownloadError extends TaskgradError {
  constructor(
    readonly url: string,
    readonly reason: string,
    advice: string,
    options?: { cause?: unknown },
  ) {
    super('DOWNLOAD_FAILED', `cannot download ${url}: ${reason}. ${advice}`, options);
  }
}
