import { connect, type Socket } from 'node:net';

/** What came back on one connection. */
export interface RawAnswer {
  /** Of the first answer; undefined if the server closed without one, or said nothing. */
  readonly status: number | undefined;
  /** All that came, one character a byte. */
  readonly text: string;
  /** Whether the server had neither answered nor closed when patience ended. */
  readonly silent: boolean;
}

export const portOf = (url: string): number => Number(new URL(url).port);

export function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}

/**
 * Writes bytes as they are, and reads until the server closes. A server that waits for more of a request has `patienceMs`
 * to hear the end of it, which then comes.
 */
export async function ask(
  port: number,
  request: string | Uint8Array,
  patienceMs = 20_000,
): Promise<RawAnswer> {
  const socket = await open(port);
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    let silent = false;
    const timer = setTimeout(() => {
      silent = chunks.length === 0;
      socket.destroy();
    }, patienceMs);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined); // a reset is an answer, too
    socket.on('close', () => {
      clearTimeout(timer);
      const text = Buffer.concat(chunks).toString('latin1');
      resolve({ status: statusOf(text), text, silent });
    });
    socket.write(request);
  });
}

const statusOf = (text: string): number | undefined => {
  const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(text) ?? [];
  return status === undefined ? undefined : Number(status);
};

/** A request of the server's own client. It asks for the connection to be closed. */
export const get = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): string => {
  const all = { Host: '127.0.0.1', Connection: 'close', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
};
