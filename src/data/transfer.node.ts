import { open, rm, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DownloadError } from './errors';
import { asOutputError } from './files.node';

/** A failure that may be gone the next time. */
export class PassingFailure extends Error {}

export interface TransferOptions {
  /** Without a byte for so long, a connection counts as cut. */
  readonly silenceMs: number;
  readonly signal?: AbortSignal;
  /** `total` is undefined where the server does not say. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
}

const AGAIN_LATER = new Set([408, 425, 429]);
const RANGE = /^bytes (\d+)-\d+\/(\d+)$/;
const OTHER_ADDRESS = 'Try again later, or name another address with --from';

/**
 * Asks once for a file, or for what is missing of it, and adds the answer to `part`. A server that does not know ranges
 * sends it all again, and `part` begins anew.
 *
 * @returns the file's MD5 where the server says it
 * @throws PassingFailure, DownloadError, OutputError; the signal's reason
 */
export async function transfer(
  url: string,
  part: string,
  options: TransferOptions,
): Promise<string | undefined> {
  const watch = watchSilence(options);
  try {
    return await request(url, part, options, watch);
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (watch.signal.aborted) throw new PassingFailure(`no byte came for ${options.silenceMs / 1000} s`);
    throw cause;
  } finally {
    watch.stop();
  }
}

/** Bytes of a file, 0 if there is none. */
export async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

async function request(
  url: string,
  part: string,
  options: TransferOptions,
  watch: Watch,
): Promise<string | undefined> {
  const offset = await sizeOf(part);
  // Bytes are counted and summed as they are stored: no compression on the way.
  const headers = { 'accept-encoding': 'identity', ...(offset > 0 && { range: `bytes=${offset}-` }) };
  const response = await fetch(url, { headers, signal: watch.signal }).catch((cause: unknown) => {
    throw networkFailure(url, cause);
  });
  const range = RANGE.exec(response.headers.get('content-range') ?? '');
  if (offset > 0 && (response.status === 416 || (response.status === 206 && Number(range?.[1]) !== offset))) {
    await response.body?.cancel();
    if (response.headers.get('content-range') === `bytes */${offset}`) return publishedMd5(response);
    await rm(part, { force: true });
    return request(url, part, options, watch);
  }
  if (response.status !== 200 && (response.status !== 206 || offset === 0)) {
    await response.body?.cancel();
    throw refusal(url, response);
  }
  const start = response.status === 206 ? offset : 0;
  const total = range && start > 0 ? Number(range[2]) : announced(response);
  await checkSpace(url, part, (total ?? 0) - start);
  await append(response, part, start, (done) => {
    watch.heard();
    options.onProgress?.(done, total);
  });
  const size = await sizeOf(part);
  if (total !== undefined && size !== total) {
    throw new PassingFailure(`the connection ended after ${size} of ${total} bytes`);
  }
  return publishedMd5(response);
}

async function append(
  { body }: Response,
  part: string,
  start: number,
  arrived: (done: number) => void,
): Promise<void> {
  const write = <T>(work: Promise<T>): Promise<T> =>
    work.catch((cause: unknown) => {
      throw asOutputError(part, cause);
    });
  const file = await write(open(part, start > 0 ? 'a' : 'w'));
  try {
    let done = start;
    const reader = body?.getReader();
    while (reader) {
      const { value, done: ended } = await reader.read().catch((cause: unknown) => {
        throw new PassingFailure('the connection was cut', { cause });
      });
      if (ended) break;
      await write(file.appendFile(value));
      done += value.length;
      arrived(done);
    }
    await write(file.sync());
  } finally {
    await file.close();
  }
}

interface Watch {
  /** Aborted by the caller, or when nothing was heard for too long. */
  readonly signal: AbortSignal;
  heard(): void;
  stop(): void;
}

function watchSilence({ silenceMs, signal }: TransferOptions): Watch {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, silenceMs);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  return {
    signal: controller.signal,
    heard: () => timer.refresh(),
    stop: () => {
      clearTimeout(timer);
      controller.abort(); // An answer that nobody reads on would keep its connection.
      signal?.removeEventListener('abort', abort);
    },
  };
}

const NETWORK_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the server refuses the connection',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  EAI_AGAIN: 'the server’s name cannot be looked up now',
};

function networkFailure(url: string, error: unknown): Error {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ENOTFOUND') {
    const advice = 'Check the network connection, or name another address with --from';
    return new DownloadError(url, 'there is no server of this name', advice, { cause: error });
  }
  const said = cause instanceof Error ? cause.message : String(error);
  return new PassingFailure(NETWORK_REASONS[code] ?? said.replaceAll('\n', ' '), { cause: error });
}

function refusal(url: string, { status, statusText }: Response): Error {
  const reason = `the server answers ${status} ${statusText}`.trim();
  if (status >= 500 || AGAIN_LATER.has(status)) return new PassingFailure(reason);
  return new DownloadError(url, reason, OTHER_ADDRESS);
}

function announced({ headers }: Response): number | undefined {
  const length = headers.get('content-length');
  return length === null ? undefined : Number(length);
}

/** Google's storage sends sums of the whole object, in base 64. */
function publishedMd5({ headers }: Response): string | undefined {
  const sum = /\bmd5=([A-Za-z0-9+/]{22}==)/.exec(headers.get('x-goog-hash') ?? '')?.[1];
  return sum && Buffer.from(sum, 'base64').toString('hex');
}

async function checkSpace(url: string, part: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(part));
  const free = bavail * bsize;
  if (needed <= free) return;
  const reason = `it needs ${megabytes(needed)} and ${dirname(part)} has ${megabytes(free)} free`;
  throw new DownloadError(url, reason, 'Free some space or choose another folder with --out');
}

const megabytes = (bytes: number): string =>
  `${(bytes / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} MB`;
