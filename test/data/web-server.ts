import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach } from 'vitest';

/** How the server answers one request. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface WebServer {
  /** Address of a file of any name on it. */
  url(path?: string): string;
  /** Answers requests in turn; the last answer is given to all that follow. */
  answers(...answers: readonly Answer[]): void;
  /** Path and range header of every request so far. */
  readonly requests: readonly { path: string; range: string | undefined }[];
}

/** A server on loopback for each test of the calling file. */
export function useWebServer(): WebServer {
  let answers: readonly Answer[] = [];
  let requests: { path: string; range: string | undefined }[] = [];
  const server = () =>
    createServer((request, response) => {
      const answer = answers[Math.min(requests.length, answers.length - 1)];
      requests.push({ path: request.url ?? '', range: request.headers.range });
      answer(request, response);
    });
  let running: ReturnType<typeof server>;
  let port = 0;
  beforeEach(async () => {
    requests = [];
    running = server();
    await new Promise<void>((done) => running.listen(0, '127.0.0.1', done));
    port = (running.address() as AddressInfo).port;
  });
  afterEach(async () => {
    running.closeAllConnections();
    await new Promise((done) => running.close(done));
  });
  return {
    url: (path = 'file.bin') => `http://127.0.0.1:${port}/${path}`,
    answers: (...given) => {
      answers = given;
    },
    get requests() {
      return requests;
    },
  };
}

/** The whole file, or the part that was asked for. */
export const whole =
  (bytes: Buffer, headers: Readonly<Record<string, string>> = {}): Answer =>
  (request, response) => {
    const start = startOf(request);
    if (start >= bytes.length && start > 0) {
      response.writeHead(416, { ...headers, 'content-range': `bytes */${bytes.length}` }).end();
      return;
    }
    response
      .writeHead(start > 0 ? 206 : 200, { ...headers, ...lengths(bytes, start) })
      .end(bytes.subarray(start));
  };

/** The whole file, whatever was asked for. */
export const withoutRanges =
  (bytes: Buffer): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  };

const READING_MS = 500;

/** `sent` bytes from where was asked, and then the connection is cut. */
export const cutAfter =
  (bytes: Buffer, sent: number): Answer =>
  (request, response) => {
    const start = startOf(request);
    response.writeHead(start > 0 ? 206 : 200, lengths(bytes, start));
    // The client drops what it has not read yet when the connection ends: it is given time, on a busy machine too.
    response.write(bytes.subarray(start, start + sent), () =>
      setTimeout(() => response.destroy(), READING_MS),
    );
  };

export const status =
  (code: number): Answer =>
  (_, response) => {
    response.writeHead(code).end('<html>sorry</html>');
  };

const startOf = ({ headers }: IncomingMessage): number =>
  Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);

const lengths = ({ length }: Buffer, start: number) => ({
  'content-length': String(length - start),
  ...(start > 0 && { 'content-range': `bytes ${start}-${length - 1}/${length}` }),
});
