import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type DemoServer, serveDemo } from '../../../src/cli/demo/server';
import { casesOf, countText, type Effort, type Soak } from '../kind';
import { demoData } from './demo-data';
import { ask, get, open, portOf } from './raw';
import { requests } from './requests';

const REQUESTS = 5000;
const CONNECTIONS = 1000;
/** So many malformed requests are under way at the same time. */
const AT_ONCE = 25;
/** A request that is not at its end is waited for; so long, here. */
const UNFINISHED_MS = 300;
/** A whole request is answered within. */
const PATIENCE_MS = 20_000;
const PAGE = `<title>${'a page '.repeat(2000)}</title>`;
const SECRET = 'what no request may read';

/** Malformed requests on raw sockets, many connections at once: the server of the demo page stays up. */
export const doorsSoak: Soak = {
  name: 'doors',
  does: `${countText(REQUESTS)} malformed requests to the demo's server on raw sockets, ${countText(CONNECTIONS)} connections at once`,
  async run(effort) {
    const folder = await mkdtemp(join(tmpdir(), 'taskgrad-doors-'));
    const faults: string[] = [];
    const page = join(folder, 'page');
    await mkdir(page);
    await writeFile(join(page, 'index.html'), PAGE);
    await writeFile(join(page, 'main.js'), 'const answer = 42;');
    await writeFile(join(folder, 'secret.txt'), SECRET);
    const complain = (problem: unknown) => faults.push(`the server complains of ${problem}`);
    const server = await serveDemo({ port: 0, folder: page, dataset: demoData(), complain });
    try {
      const malformed = await sendMalformed(server, effort, faults);
      const crowd = await comeAllAtOnce(server, effort, faults);
      return { faults, figures: `${malformed}; ${crowd}` };
    } finally {
      await server.close();
      await rm(folder, { recursive: true });
    }
  },
};

async function sendMalformed({ url }: DemoServer, effort: Effort, faults: string[]): Promise<string> {
  const port = portOf(url);
  const all = fc.sample(requests, { seed: effort.seed, numRuns: casesOf(REQUESTS, effort) });
  const statuses = new Map<string, number>();
  let sent = 0;
  for (let first = 0; first < all.length && !effort.isOver(); first += AT_ONCE) {
    const some = all.slice(first, first + AT_ONCE);
    const answers = await Promise.all(some.map((request) => ask(port, request, UNFINISHED_MS)));
    for (const [i, { status, text }] of answers.entries()) {
      const request = JSON.stringify(Buffer.from(some[i]).toString('latin1')).slice(0, 300);
      if (status !== undefined && status >= 500) faults.push(`${status} for ${request}`);
      if (text.includes(SECRET)) faults.push(`a file outside the page for ${request}`);
      const kind = String(status ?? 'none');
      statuses.set(kind, (statuses.get(kind) ?? 0) + 1);
    }
    sent += some.length;
    const { status, text } = await ask(port, get('/'), PATIENCE_MS);
    if (status !== 200 || !text.endsWith(PAGE)) faults.push(`the page was not served after request ${sent}`);
    if (sent % 1000 === 0) effort.say(`${countText(sent)} requests`);
  }
  const counts = [...statuses]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([status, n]) => `${status} × ${n}`);
  return `${countText(sent)} of ${countText(all.length)} malformed requests (${counts.join(', ')})`;
}

/** All connect, each says half of what it wants, and only then does any say the rest. */
async function comeAllAtOnce({ url }: DemoServer, effort: Effort, faults: string[]): Promise<string> {
  const count = casesOf(CONNECTIONS, effort);
  const sockets = await Promise.all(Array.from({ length: count }, () => open(portOf(url))));
  const request = get('/');
  for (const socket of sockets) socket.write(request.slice(0, 20));
  const answers = await Promise.all(sockets.map((socket) => finish(socket, request.slice(20))));
  const served = answers.filter((text) => text.startsWith('HTTP/1.1 200 ') && text.endsWith(PAGE)).length;
  if (served < count) faults.push(`of ${count} connections at once only ${served} had their answer`);
  return `${countText(served)} of ${countText(count)} connections at once served`;
}

function finish(socket: Socket, rest: string): Promise<string> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('latin1'));
    });
    socket.write(rest);
  });
}
