import { type Browser, chromium, type Page } from 'playwright-core';
import { findChromium } from './chromium';
import { type PageServer, serveFiles } from './server';

/** WebGPU without a GPU: Chromium's own SwiftShader, which it refuses to use unless told so. */
const FLAGS = ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

export interface BrowserOptions {
  /** Flags beside those for WebGPU. */
  readonly flags?: readonly string[];
}

/** A headless browser and a server of pages for it. */
export interface TestBrowser {
  readonly server: PageServer;
  /** Opens a page of its own that runs `script` as a module. What it throws fails the next `evaluate`, or `close`. */
  page(script?: string): Promise<Page>;
  /** Opens a page at an address. */
  open(url: string): Promise<Page>;
  readonly version: string;
  /** @throws AggregateError of what pages threw and nobody caught */
  close(): Promise<void>;
}

const HTML = (script: string) => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>test</title><link rel="icon" href="data:,">
<script type="module" src="${script}"></script></html>`;

export async function openBrowser({ flags = [] }: BrowserOptions = {}): Promise<TestBrowser> {
  const { path, env } = await findChromium();
  const browser = await chromium.launch({
    executablePath: path,
    env: { ...env } as Record<string, string>,
    args: [...FLAGS, ...flags],
  });
  const server = await serveFiles();
  const errors: Error[] = [];
  let pages = 0;
  const open = async (url: string): Promise<Page> => {
    const page = await browser.newPage();
    page.on('pageerror', (error) => errors.push(error));
    await page.goto(url);
    return page;
  };
  return {
    server,
    version: browser.version(),
    open,
    async page(script = '') {
      const name = `/page-${pages++}`;
      server.put(`${name}.js`, { type: 'text/javascript', body: script });
      server.put(`${name}.html`, { type: 'text/html', body: HTML(`${name}.js`) });
      return open(`${server.origin}${name}.html`);
    },
    async close() {
      await closeQuietly(browser);
      await server.close();
      if (errors.length > 0) throw new AggregateError(errors, errors.map(String).join('\n'));
    },
  };
}

const closeQuietly = (browser: Browser) => browser.close().catch(() => undefined);
