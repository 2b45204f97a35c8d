import fc from 'fast-check';
import { damaged, damages } from '../mutate';

const METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS', 'CONNECT', 'TRACE', 'get', 'G\0ET', '', 'GET /x'];
const TARGETS = [
  ...[
    '/',
    '//',
    '///',
    '//evil.example/',
    '/main.js',
    '/main.js/',
    '/MAIN.JS',
    '/index.html.gz',
    '/.',
    '/..',
    '/./',
  ],
  ...[
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/..\\secret.txt',
    '/main.js%00',
    '/%00',
    '/%',
  ],
  ...[
    '/%zz',
    '/%ff',
    '/%c0%ae%c0%ae/secret.txt',
    '*',
    '',
    'http://',
    'http://evil.example/',
    'evil.example:80',
  ],
  ...[
    '/?',
    '/?%',
    '/#',
    '/main.js?a=1',
    '/data/',
    '/data/t10k-labels-idx1-ubyte.gz',
    '/data//',
    '/ /',
    '/\t',
  ],
  `/${'a'.repeat(20_000)}`,
  `/${'../'.repeat(500)}secret.txt`,
  `/${'%2f'.repeat(3000)}`,
];
const VERSIONS = [
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/0.9',
  'HTTP/2.0',
  'HTTP/9.9',
  'http/1.1',
  'HTTP/1.1 HTTP/1.1',
  '',
];
const VALUES: Readonly<Record<string, readonly string[]>> = {
  Host: [
    '127.0.0.1',
    'localhost',
    'evil.example',
    '',
    '127.0.0.1, evil.example',
    '127.0.0.1@evil.example',
    '[::1',
    'a b',
  ],
  Range: [
    ...[
      'bytes=5-3',
      'bytes=-',
      'bytes=0-',
      'bytes=-1',
      'bytes=1e9-',
      'bytes=0-0,2-1',
      'bytes',
      '=',
      'items=1-2',
    ],
    ...['bytes=-0', 'bytes=99999999999999999999999-1', 'bytes=0x5-3', `bytes=${'0-1,'.repeat(2000)}`],
  ],
  'Accept-Encoding': [
    'gzip',
    'gzip;q=0',
    'gzip;q=9e9',
    ';;;',
    ',,,',
    'x-gzip;q=.',
    `${'gzip,'.repeat(1000)}`,
  ],
  'Content-Length': ['0', '5', '-1', '99999999999999999999', '0x10', '5, 5', 'a'],
  'Transfer-Encoding': ['chunked', 'chunked, chunked', 'gzip', 'identity', '\x0bchunked'],
  Expect: ['100-continue', '200-ok', ''],
  Upgrade: ['websocket', 'h2c', 'TLS/1.0'],
  Connection: ['keep-alive', 'upgrade', 'close, close', ''],
  'If-None-Match': ['*', '"a"', 'W/'],
  Cookie: ['a'.repeat(10_000)],
  'X-\x01': ['a'],
  'X-Folded': ['a\r\n b', 'a\nb', 'a\rb', 'a\0b'],
};
const BODIES = [
  '',
  'hello',
  '5\r\nhello\r\n0\r\n\r\n',
  'fffffffffffffffff\r\n',
  '-1\r\n',
  `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
];

const header = fc
  .constantFrom(...Object.keys(VALUES))
  .chain((name) =>
    fc
      .oneof(
        { weight: 9, arbitrary: fc.constantFrom(...VALUES[name]) },
        { weight: 1, arbitrary: fc.string({ unit: 'binary-ascii' }) },
      )
      .map((value) => `${name}: ${value}`),
  );
const mostly = <T>(usual: T, others: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: others });

const built = fc
  .record({
    method: fc.oneof(
      { weight: 3, arbitrary: fc.constant('GET') },
      { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
    ),
    target: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...TARGETS) },
      { weight: 3, arbitrary: fc.webPath() },
      { weight: 2, arbitrary: fc.string().map((text) => `/${text}`) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    ),
    version: mostly('HTTP/1.1', fc.constantFrom(...VERSIONS)),
    headers: fc.array(header, { maxLength: 2 }),
    host: mostly(['Host: 127.0.0.1'], fc.constant<string[]>([])),
    close: mostly(['Connection: close'], fc.constant<string[]>([])),
    newline: mostly('\r\n', fc.constantFrom('\n', '\r', '\r\n ')),
    body: mostly('', fc.constantFrom(...BODIES)),
  })
  .map(({ method, target, version, headers, host, close, newline, body }) => {
    const lines = [`${method} ${target} ${version}`, ...host, ...headers, ...close, '', ''];
    return Uint8Array.from(Buffer.from(`${lines.join(newline)}${body}`, 'utf8'));
  });

/** Bytes of a request with something wrong in it, or with nothing. */
export const requests: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: built },
  { weight: 2, arbitrary: fc.tuple(built, damages).map(([bytes, all]) => damaged(bytes, all)) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 300 }) },
);
