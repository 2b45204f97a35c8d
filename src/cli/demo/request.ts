import type { IncomingMessage } from 'node:http';

/** A request that is not answered with a file. */
export interface Refusal {
  readonly status: 400 | 404 | 405 | 416 | 421;
  /** For a person who looks at it. */
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a request asks for. */
export interface Asked {
  /** Decoded, as in '/main.js'. */
  readonly path: string;
  /** Whether the body is wanted, too. */
  readonly body: boolean;
  readonly gzip: boolean;
}

/** Other names reach this machine through a name server that somebody else may rule: DNS rebinding. */
const OWN_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;
const GZIP = /(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=(?<weight>[\d.]+)\s*)?(?=,|$)/i;

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
  const weight = GZIP.exec(headers['accept-encoding'] ?? '')?.groups;
  return { path, body: method === 'GET', gzip: weight !== undefined && Number(weight.weight ?? 1) > 0 };
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
