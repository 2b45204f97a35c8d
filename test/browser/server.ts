import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StaticFile {
  readonly type: string;
  readonly body: string | Uint8Array;
  /** Beside those that every answer has. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server of files in memory, on a free port of this machine only. */
export interface PageServer {
  /** As in 'http://127.0.0.1:41234': counts as secure, which WebGPU asks for. */
  readonly origin: string;
  /** Puts a file at a path that begins with '/', in the place of one that is there. */
  put(path: string, file: StaticFile): void;
  close(): Promise<void>;
}

export async function serveFiles(): Promise<PageServer> {
  const files = new Map<string, StaticFile>();
  const server = createServer((request, response) => {
    const file = files.get(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (!file) return response.writeHead(404).end();
    const headers = { 'content-type': file.type, 'cache-control': 'no-store', ...file.headers };
    return response.writeHead(200, headers).end(file.body);
  });
  const port = await listen(server);
  return {
    origin: `http://127.0.0.1:${port}`,
    put: (path, file) => void files.set(path, file),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
