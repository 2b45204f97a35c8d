import { DataError, type DataErrorCode } from '../../data/errors';

export const ADVICE = 'Try again, or choose the four files of MNIST yourself.';

/** How long a stream may bring nothing. */
export interface Patience {
  readonly patienceMs: number;
  /** Told every second that nothing has come for so many of them. */
  readonly onStall: (seconds: number) => void;
}

export function refusal(
  file: string,
  expected: string,
  found: string,
  { code = 'DATA_FORMAT', cause }: { code?: DataErrorCode; cause?: unknown } = {},
): DataError {
  return new DataError(code, { file, expected, found, advice: ADVICE }, { cause });
}

type Bytes = Uint8Array<ArrayBuffer>;

/** Reads a stream from its beginning on, a part at a time. */
export class ByteReader {
  private readonly reader: ReadableStreamDefaultReader<Bytes>;
  private readonly chunks: Bytes[] = [];
  private length = 0;

  constructor(stream: ReadableStream<Bytes>) {
    this.reader = stream.getReader();
  }

  /** The first `count` bytes, or all where there are fewer. */
  async first(count: number, onProgress: (received: number) => void = () => undefined): Promise<Bytes> {
    while (this.length < count) {
      const { done, value } = await this.reader.read();
      if (done) break;
      this.chunks.push(value);
      this.length += value.length;
      onProgress(Math.min(this.length, count));
    }
    return joined(this.chunks, Math.min(count, this.length));
  }

  /** All of the stream from its beginning on, also what was read. */
  whole(): ReadableStream<Bytes> {
    const { reader, chunks } = this;
    return new ReadableStream({
      async pull(controller) {
        const value = chunks.shift() ?? (await reader.read()).value;
        if (value) controller.enqueue(value);
        else controller.close();
      },
      cancel: (reason) => reader.cancel(reason),
    });
  }

  /** What is left is not wanted, and neither is what may be wrong with it. */
  cancel(): void {
    this.reader.cancel().catch(() => undefined);
  }
}

/** What a promise gives, or an error once it has given nothing for too long. @throws DataError `DATA_MISSING` */
export function within<T>(name: string, { patienceMs, onStall }: Patience, awaited: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const watch = setInterval(() => onStall(Math.round((performance.now() - started) / 1000)), 1000);
    const end = setTimeout(() => {
      const expected = `more of it within ${patienceMs / 1000} s`;
      reject(refusal(name, expected, 'nothing', { code: 'DATA_MISSING' }));
    }, patienceMs);
    const settled = () => {
      clearInterval(watch);
      clearTimeout(end);
    };
    awaited.then(resolve, reject).finally(settled);
  });
}

/** The stream, or an error once it has brought nothing for too long. @throws DataError `DATA_MISSING` */
export function patient(
  name: string,
  stream: ReadableStream<Bytes>,
  patience: Patience,
): ReadableStream<Bytes> {
  const reader = stream.getReader();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await within(name, patience, reader.read());
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        reader.cancel().catch(() => undefined);
        throw error;
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

const isGzip = ([first, second]: Bytes) => first === 0x1f && second === 0x8b;
const isIdx = ([first, second]: Bytes) => first === 0 && second === 0;
const PEEK = 64;

/**
 * An IDX file, gzipped or not: a host may have unpacked it on its way, and says so in no place that a page can see.
 * @throws DataError where it is neither
 */
export async function unzipped(name: string, stream: ReadableStream<Bytes>): Promise<ReadableStream<Bytes>> {
  const raw = new ByteReader(stream);
  const head = await raw.first(PEEK);
  if (isGzip(head)) return raw.whole().pipeThrough(new DecompressionStream('gzip'));
  if (isIdx(head)) return raw.whole();
  raw.cancel();
  throw refusal(name, 'a gzipped IDX file', kindOf(head));
}

function kindOf(head: Bytes): string {
  if (head.length === 0) return 'an empty file';
  const text = new TextDecoder().decode(head).trimStart();
  if (text.startsWith('<')) return 'a page of HTML';
  return `bytes ${[...head.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
}

function joined(chunks: readonly Bytes[], length: number): Bytes {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    if (offset >= length) break;
    bytes.set(chunk.subarray(0, length - offset), offset);
    offset += chunk.length;
  }
  return bytes;
}
