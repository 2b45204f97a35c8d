import { cp, readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openBrowser } from '../browser/harness';
import { complaints } from './compile';
import type { Project } from './project';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NAME = 'browser-vite';
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** Tests of examples/browser-vite, with the package as installed. */
export function testVitePage(projectOf: () => Project): void {
  describe('the example browser-vite', () => {
    test('compiles', async () => {
      const { folder } = projectOf();
      await cp(join(ROOT, 'examples', NAME), join(folder, NAME), { recursive: true });
      expect(complaints([join(folder, NAME, 'main.ts')], 'bundler', ['browser'])).toEqual([]);
    });

    test('is built by vite, and learns in a browser', async () => {
      const { folder, shell } = projectOf();
      await shell(`cd ${NAME} && node ${join(ROOT, 'node_modules/vite/bin/vite.js')} build --logLevel error`);
      const built = join(folder, NAME, 'dist');
      const files = await readdir(built, { recursive: true, withFileTypes: true });
      const browser = await openBrowser();
      try {
        for (const file of files.filter((one) => one.isFile())) {
          const path = join(file.parentPath, file.name);
          const type = TYPES[extname(path)] ?? 'application/octet-stream';
          browser.server.put(path.slice(built.length), { type, body: await readFile(path) });
        }
        const page = await browser.open(`${browser.server.origin}/index.html`);
        const status = page.locator('#status');
        await status.filter({ hasText: /^done|Error/ }).waitFor({ timeout: 120_000 });
        expect(await status.textContent()).toMatch(/^done on .*: step 600 of 600, loss 0\.0\d\d$/);
      } finally {
        await browser.close();
      }
    });
  });
}
