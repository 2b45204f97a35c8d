import type { IncomingMessage } from 'node:http';

/** A request that is not answered with a file. */
export interface Refusal {
  readonly status: 400 | 404 | 405 | 416 | 421;
  /** For a person who looks at it. */
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How bodies are packed, the smallest first. */
export const ENCODINGS = ['br', 'gzip'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** What a request asks for. */
export interface Asked {
  /** Decoded, as in '/main.js'. */
  readonly path: string;
  /** Whether the body is wanted, too. */
  readonly body: boolean;
  /** How it may be packed, the smallest first. */
  readonly encodings: readonly Encoding[];
}

/** Other names reach this machine through a name server that somebody else may rule: DNS rebinding. */
const OWN_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;
/** One of what a client takes, as in 'x-gzip;q=0.5'. */
const TAKEN = /^(?:x-)?(?<name>[a-z]+)\s*(?:;\s*q=(?<weight>[\d.]+))?$/i;

/** What a request asks for, or why it gets nothing. It never throws, whatever was sent. */
export function readRequest({
  method,
  url = '',
  headers,
}: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): Asked | Refusal {
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, reason: 'only GET and HEAD are answered', headers: { allow: 'GET, HEAD' } };
  }
  if (headers.host === undefined) return { status: 400, reason: 'the Host header is missing' };
  if (!OWN_HOST.test(headers.host)) {
    return { status: 421, reason: 'this server answers to 127.0.0.1 and localhost only' };
  }
  const path = pathOf(url);
  if (path === undefined) return { status: 400, reason: 'the path cannot be read' };
  return { path, body: method === 'GET', encodings: encodingsOf(`${headers['accept-encoding'] ?? ''}`) };
}

function encodingsOf(accepted: string): Encoding[] {
  const taken = accepted.split(',').map((one) => TAKEN.exec(one.trim())?.groups);
  return ENCODINGS.filter((encoding) =>
    taken.some((one) => one?.name.toLowerCase() === encoding && Number(one.weight ?? 1) > 0),
  );
}

/** Undefined where it does not begin with one slash, or is not UTF-8 in percents. */
function pathOf(url: string): string | undefined {
  if (!/^\/(?!\/)/.test(url)) return undefined;
  try {
    return decodeURIComponent(url.replace(/[?#].*$/s, ''));
  } catch {
    return undefined;
  }
}

/**
 * Whether no byte of a file is in the range that is asked for. Ranges that can be had are not cut out: a server may send
 * it all.
 */
export function isOutside(range: string | undefined, size: number): boolean {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range?.trim() ?? '') ?? [];
  if (first === '') return last !== '' && Number(last) === 0;
  return Number(first) >= size || (last !== '' && Number(last) < Number(first));
}
