import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { DataError, DownloadError, OutputError } from './errors';
import { asOutputError, ensureWritable, isFolder } from './files.node';
import { PassingFailure, sizeOf, type TransferOptions, transfer } from './transfer.node';

export interface DownloadOptions extends Pick<TransferOptions, 'signal' | 'onProgress'> {
  /** Of the published file, in hexadecimal. Without it the server's own sum is believed, if it sends one. */
  readonly md5?: string;
  /** Looks whether the file is whole, by its own format. @throws DataError */
  readonly check?: (path: string) => Promise<unknown>;
  /** How many failures in a row, without a byte gained between them, are followed by another attempt; default 4. */
  readonly retries?: number;
  /** Pause after the first failure in ms, doubled after each further one; default 1000. */
  readonly pauseMs?: number;
  /** Without a byte for so many ms, a connection counts as cut; default 30,000. */
  readonly silenceMs?: number;
  readonly onRetry?: (reason: string, pauseMs: number) => void;
}

export interface Downloaded {
  readonly bytes: number;
  /** Bytes that an earlier attempt had left; all of them if the file was there already. */
  readonly kept: number;
}

/**
 * Downloads a file, whole and checked or not at all. It goes into `path`.part, which keeps what has arrived when the
 * connection is lost or the program ends: the next call goes on from there. Once its sum and format are right, it takes
 * the name `path`. A good file that is there already is left as it is.
 *
 * @throws DownloadError, OutputError; the signal's reason when that is aborted
 */
export async function download(
  url: string,
  path: string,
  options: DownloadOptions = {},
): Promise<Downloaded> {
  if (await isFolder(path)) throw new OutputError(path, 'EISDIR');
  const there = await sizeOf(path);
  if (there > 0 && (await faultOf(path, options)) === undefined) return { bytes: there, kept: there };
  await ensureWritable(dirname(path));
  const part = `${path}.part`;
  for (;;) {
    const kept = await sizeOf(part);
    const serverMd5 = await transferWithRetries(url, part, options);
    const fault = await faultOf(part, { md5: options.md5 ?? serverMd5, check: options.check });
    if (fault === undefined) {
      await rename(part, path).catch((cause: unknown) => {
        throw asOutputError(path, cause);
      });
      return { bytes: await sizeOf(path), kept };
    }
    await rm(part, { force: true });
    // What an earlier attempt had left may have been of another file; a file that came whole is what the server has.
    if (kept === 0) {
      const advice = 'They were thrown away. Try again, or name another address with --from';
      throw new DownloadError(url, `these are not the published bytes (${fault})`, advice);
    }
  }
}

async function transferWithRetries(
  url: string,
  part: string,
  options: DownloadOptions,
): Promise<string | undefined> {
  const { retries = 4, pauseMs = 1000, silenceMs = 30_000, signal, onProgress } = options;
  let failures = 0;
  for (;;) {
    const before = await sizeOf(part);
    try {
      return await transfer(url, part, { silenceMs, signal, onProgress });
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error;
      failures = (await sizeOf(part)) > before ? 1 : failures + 1;
      if (failures > retries) {
        const times = failures === 1 ? '' : ` (${failures} times in a row)`;
        const advice = 'What has arrived is kept: try again later, or name another address with --from';
        throw new DownloadError(url, `${error.message}${times}`, advice, { cause: error });
      }
      const pause = pauseMs * 2 ** (failures - 1);
      options.onRetry?.(error.message, pause);
      await wait(pause, undefined, { signal });
    }
  }
}

/** What is wrong with a file, if anything is. */
async function faultOf(
  path: string,
  { md5, check }: Pick<DownloadOptions, 'md5' | 'check'>,
): Promise<string | undefined> {
  if (md5 !== undefined) {
    const found = await md5Of(path);
    if (found !== md5) return `MD5 ${found}, expected ${md5}`;
  }
  try {
    await check?.(path);
    return undefined;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const { expected, found } = error.problem;
    return `expected ${expected}, found ${found}`;
  }
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
