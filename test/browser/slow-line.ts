import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Ten megabits a second, and how long an answer is on its way. */
const BYTES_PER_MS = 10e6 / 8 / 1000;
const LATENCY_MS = 20;

/** A line of 10 Mbit/s to a server of this machine. */
export interface SlowLine {
  /** Where the server is at the end of it. */
  readonly url: string;
  /** Bytes that have come over it, headers included. @param which of the paths asked for; default: all */
  bytes(which?: (path: string) => boolean): number;
  close(): Promise<void>;
}

/**
 * Puts a line in front of a server. All answers share its width.
 * @param isHeld paths that get no answer as long as the line is open; default: none
 */
export async function slowLine(to: string, isHeld = (_: string) => false): Promise<SlowLine> {
  const { hostname, port } = new URL(to);
  const received = new Map<string, number>();
  let free = 0;
  /** Waits until so many bytes have come. */
  const come = async (path: string, count: number): Promise<void> => {
    free = Math.max(free, performance.now()) + count / BYTES_PER_MS;
    const wait = free + LATENCY_MS - performance.now();
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
    received.set(path, (received.get(path) ?? 0) + count);
  };
  const server = createServer((asked, response) => {
    const { url: path = '/', method, headers } = asked;
    if (isHeld(path)) return;
    const ahead = request({ hostname, port, path, method, headers }, async (answer) => {
      const { statusCode = 502, statusMessage = '', rawHeaders } = answer;
      try {
        await come(path, statusMessage.length + rawHeaders.join('').length + 2 * rawHeaders.length);
        response.writeHead(statusCode, rawHeaders);
        for await (const chunk of answer) {
          await come(path, chunk.length);
          if (!response.writable) break;
          if (!response.write(chunk)) await drained(response);
        }
        response.end();
      } catch {
        response.destroy();
      }
    });
    response.on('close', () => ahead.destroy());
    ahead.on('error', () => response.destroy());
    asked.pipe(ahead);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    bytes: (which = () => true) =>
      [...received].reduce((sum, [path, count]) => sum + (which(path) ? count : 0), 0),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const goOn = () => {
      response.off('drain', goOn).off('close', goOn);
      resolve();
    };
    response.on('drain', goOn).on('close', goOn);
  });
}
