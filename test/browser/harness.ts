import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findChromium } from './chromium';
import { type PageServer, serveFiles } from './server';

/** WebGPU without a GPU: Chromium's own SwiftShader, which it refuses to use unless told so. */
const WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

export interface BrowserOptions {
  /** Flags beside those for WebGPU. */
  readonly flags?: readonly string[];
  /** Whether pages find WebGPU; default true. */
  readonly webgpu?: boolean;
}

/** A headless browser and a server of pages for it. */
export interface TestBrowser {
  readonly server: PageServer;
  /** Opens a page of its own that runs `script` as a module. What it throws fails the next `evaluate`, or `close`. */
  page(script?: string): Promise<Page>;
  /** Opens a page at an address, in a window of its own. */
  open(url: string, options?: BrowserContextOptions): Promise<Page>;
  readonly version: string;
  /** Ends the browser's GPU process, and with it every device. */
  crashGpu(): Promise<void>;
  /** @throws AggregateError of what pages threw and nobody caught */
  close(): Promise<void>;
}

const HTML = (script: string) => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>test</title><link rel="icon" href="data:,">
<script type="module" src="${script}"></script></html>`;

export async function openBrowser({ flags = [], webgpu = true }: BrowserOptions = {}): Promise<TestBrowser> {
  const { path, env } = await findChromium();
  const browser = await chromium.launch({
    executablePath: path,
    env: { ...env } as Record<string, string>,
    args: ['--no-sandbox', ...(webgpu ? WEBGPU : []), ...flags],
  });
  const server = await serveFiles();
  const errors: Error[] = [];
  let pages = 0;
  const open = async (url: string, options: BrowserContextOptions = {}): Promise<Page> => {
    const page = await browser.newPage(options);
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
    async crashGpu() {
      const session = await browser.newBrowserCDPSession();
      await session.send('Browser.crashGpuProcess').catch(() => undefined);
      await session.detach();
    },
    async close() {
      await closeQuietly(browser);
      await server.close();
      if (errors.length > 0) throw new AggregateError(errors, errors.map(String).join('\n'));
    },
  };
}

const closeQuietly = (browser: Browser) => browser.close().catch(() => undefined);
