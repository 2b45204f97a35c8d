import type { WorkerPort } from './client';

/**
 * Starts a worker's program, a module, from any origin. Browsers start workers only from the page's own: one from
 * elsewhere, as from a CDN, is imported by a program of one line that the page has made itself. Its server has to allow it
 * (CORS), as CDNs do, and a Content-Security-Policy of the page, if there is one, has to allow `worker-src blob:` and the
 * server in `script-src`.
 * @param url of the program; relative ones start from the page
 * @param name what the browser's tools call it
 * @example
 * ```js
 * const client = connect(startWorker('https://cdn.example/doubling.js'));
 * ```
 */
export function startWorker(url: string | URL, name = 'taskgrad'): WorkerPort {
  const { href, origin } = new URL(url, globalThis.location.href);
  const options = { type: 'module', name } as const;
  if (origin === globalThis.location.origin) return new Worker(href, options);
  const program = new Blob([`import ${JSON.stringify(href)};`], { type: 'text/javascript' });
  const made = URL.createObjectURL(program);
  const worker = new Worker(made, options);
  const forget = () => URL.revokeObjectURL(made);
  for (const event of ['message', 'error']) worker.addEventListener(event, forget, { once: true });
  return worker;
}
