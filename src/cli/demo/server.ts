import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { TaskgradError } from '../../../runtime/errors';
import type { Dataset } from '../../data/images';
import { idxFiles } from './idx-files';
import { type PageFile, PageFiles } from './page-files';
import { type Asked, isOutside, type Refusal, readRequest } from './request';

const HOST = '127.0.0.1';
const PIECE_BYTES = 1 << 16;

/** Of every answer. The page needs nothing of other hosts, and the browser holds it, and others, to that. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
  'accept-ranges': 'none',
};

/** The pages of the API reference have scripts in them. */
const DOCS_SCRIPTS = "; script-src 'self' 'unsafe-inline'";
const DOCS = '/docs';
const NO_DOCS =
  'the API reference is not built; run npm run docs in a checkout of taskgrad, and taskgrad demo there';

export interface DemoServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves a built page, the data set as gzipped IDX files under data/, and the API reference under docs/, to this machine
 * only. No request ends it: what cannot be answered gets a status from 400 on.
 * @param options.docs folder of the API reference; left out where it is not built
 * @param options.complain told what went wrong on our side, which the client knows as 500
 * @throws TaskgradError `DEMO_PORT` if the port is taken
 */
export async function serveDemo(options: {
  readonly port: number;
  readonly folder: string;
  readonly docs?: string;
  readonly dataset: Dataset;
  readonly complain?: (problem: unknown) => void;
}): Promise<DemoServer> {
  const { complain = () => undefined } = options;
  const data = idxFiles(options.dataset);
  const pages: Pages = {
    demo: new PageFiles(options.folder),
    docs: options.docs === undefined ? undefined : new PageFiles(options.docs),
  };
  const server = createServer((request, response) => {
    answer(request, response, data, pages).catch((problem: unknown) => {
      complain(problem);
      if (response.headersSent) response.destroy();
      else refuse(response, { status: 500, reason: 'the server could not answer' });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${cause.code})`;
      const message = `demo: port ${options.port} ${why}; choose another with --port`;
      reject(new TaskgradError('DEMO_PORT', message, { cause }));
    });
    server.listen(options.port, HOST, resolve);
  });
  // Accepting a connection may fail, as when there are too many open files; the others go on.
  server.on('error', complain);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Pages {
  readonly demo: PageFiles;
  readonly docs: PageFiles | undefined;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  data: ReadonlyMap<string, readonly Uint8Array[]>,
  pages: Pages,
): Promise<void> {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  const asked = readRequest(request);
  if ('status' in asked) return refuse(response, asked);
  const { range } = request.headers;
  const parts = data.get(asked.path);
  if (parts) {
    const outside = isOutside(range, Number.POSITIVE_INFINITY);
    return outside ? refuse(response, unsatisfiable('*')) : sendGzipped(parts, asked, response);
  }
  const isDocs = asked.path === DOCS || asked.path.startsWith(`${DOCS}/`);
  if (isDocs && !pages.docs) return refuse(response, { status: 404, reason: NO_DOCS });
  if (asked.path === DOCS) return void response.writeHead(308, { location: `${DOCS}/` }).end();
  const file = isDocs
    ? await pages.docs?.find(asked.path.slice(DOCS.length), asked.encodings)
    : await pages.demo.find(asked.path, asked.encodings);
  if (!file) return refuse(response, { status: 404, reason: 'there is no such file' });
  if (isDocs)
    response.setHeader('content-security-policy', HEADERS['content-security-policy'] + DOCS_SCRIPTS);
  const { length } = file.content;
  if (isOutside(range, length)) return refuse(response, unsatisfiable(`bytes */${length}`));
  send(file, asked, response);
}

const unsatisfiable = (range: string): Refusal => ({
  status: 416,
  reason: 'nothing of the file is in this range',
  headers: range === '*' ? {} : { 'content-range': range },
});

function refuse(
  response: ServerResponse,
  { status, reason, headers }: Omit<Refusal, 'status'> & { readonly status: number },
): void {
  response.writeHead(status, { ...headers, 'content-type': 'text/plain; charset=utf-8' }).end(`${reason}\n`);
}

function send({ type, content, encoding }: PageFile, { body }: Asked, response: ServerResponse): void {
  response.setHeader('vary', 'accept-encoding');
  response.setHeader('content-type', type);
  response.setHeader('content-length', content.length);
  if (encoding) response.setHeader('content-encoding', encoding);
  response.end(body ? content : undefined);
}

/** Compresses only as much as the page reads: it hangs up when it has the images it wants. */
async function sendGzipped(
  parts: readonly Uint8Array[],
  { body }: Asked,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('content-type', 'application/gzip');
  if (!body) return void response.end();
  await pipeline(Readable.from(pieces(parts)), createGzip({ level: 1 }), response).catch(() => undefined);
}

function* pieces(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const part of parts) {
    for (let at = 0; at < part.length; at += PIECE_BYTES) yield part.subarray(at, at + PIECE_BYTES);
  }
}
