import * as http from 'node:http';
import * as https from 'node:https';
import type { Answer } from './answer';

// Node's own fetch takes twice the CPU time a request.

const KEPT = { keepAlive: true, timeout: 60_000 };
const agents = { 'http:': new http.Agent(KEPT), 'https:': new https.Agent(KEPT) };

/** What goes to a server. */
export interface Outgoing {
  readonly method: string;
  readonly headers: Headers;
  readonly body?: Uint8Array;
  /** How long to wait for all of the answer. */
  readonly patienceMs: number;
}

/** What comes back, and the server's time. @throws Error of the system, or a TimeoutError */
export function send(
  url: URL,
  { method, headers, body, patienceMs }: Outgoing,
): Promise<Answer & { date: number }> {
  const isPlain = url.protocol === 'http:';
  const signal = AbortSignal.timeout(patienceMs);
  const named: Record<string, string> =
    method === 'PUT' ? { 'content-length': String(body?.length ?? 0) } : {};
  headers.forEach((value, name) => {
    named[name] = value;
  });
  const options = { method, headers: named, agent: isPlain ? agents['http:'] : agents['https:'], signal };
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(signal.aborted ? signal.reason : error);
    const request = (isPlain ? http : https).request(url, options, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', fail);
      response.on('end', () => {
        const date = Date.parse(response.headers.date ?? '');
        resolve({ status: response.statusCode ?? 0, bytes: Buffer.concat(parts), date });
      });
    });
    request.on('error', fail);
    request.end(body);
  });
}
