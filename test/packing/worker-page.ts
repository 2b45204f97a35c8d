import { mkdir, readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openBrowser } from '../browser/harness';
import { complaints } from './compile';
import { type Project, programNamed } from './project';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };
const HTML = '<!doctype html><title>waiting</title><script type="module" src="./main.ts"></script>';

/** Tests of `taskgrad/worker` as installed, in a page that vite builds. */
export function testWorkerPage(projectOf: () => Project): void {
  describe('taskgrad/worker', () => {
    test('compiles in a page, and in Node, where types are asked for', async () => {
      const project = projectOf();
      await mkdir(join(project.folder, 'worker-page'), { recursive: true });
      const program = await project.write('worker-page/main.ts', await programNamed('engine-page.ts'));
      expect(complaints([program], 'bundler', ['browser'])).toEqual([]);
      expect(complaints([program], 'nodenext')).toEqual([]);
    });

    test('is built by vite with its worker, and trains', async () => {
      const { folder, shell, write } = projectOf();
      await write('worker-page/index.html', HTML);
      const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
      await shell(`cd worker-page && node ${vite} build --base ./ --target esnext --logLevel error`);
      const built = join(folder, 'worker-page/dist');
      const files = await readdir(built, { recursive: true, withFileTypes: true });
      const browser = await openBrowser();
      try {
        for (const file of files.filter((one) => one.isFile())) {
          const path = join(file.parentPath, file.name);
          const type = TYPES[extname(path)] ?? 'application/octet-stream';
          browser.server.put(path.slice(built.length), { type, body: await readFile(path) });
        }
        const page = await browser.open(`${browser.server.origin}/index.html`);
        await page.waitForFunction(() => /^(done|Error)/.test(document.title), undefined, {
          timeout: 120_000,
        });
        expect(await page.title()).toBe('done on swiftshader: 1, 20 steps');
      } finally {
        await browser.close();
      }
    });
  });
}
