import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, type TestBrowser } from '../browser/harness';
import { BUNDLERS } from './bundle';
import { javascript } from './javascript';
import { type Project, programNamed } from './project';

/** What the program prints, by PyTorch and by hand. */
const FOUND = [
  ...[[6, 3], [3, 2], [0, 0], [2, 6], [3], [3]],
  ...[
    [3, 1, 2, 8],
    [7, 0, 1, 7, 2, 3],
    [11.5, 10.5, 12, 9],
  ],
];

/** Shows what a program prints. */
const PRINTS_IN_BODY = 'console.log = (line) => document.body.append(line);\n';

/** Tests of `taskgrad/methods`, with the package as installed. */
export function testMethods(projectOf: () => Project): void {
  describe('its methods of tensors', () => {
    let browser: TestBrowser;
    let program: string;
    beforeAll(async () => {
      browser = await openBrowser();
      program = await projectOf().write('methods.js', javascript(await programNamed('methods.ts')));
    });
    afterAll(() => browser.close());

    test('run in Node', async () => {
      expect(JSON.parse(await projectOf().run('methods.js'))).toEqual(FOUND);
    });

    test.each(Object.entries(BUNDLERS))('run in a page that %s bundles', async (_, bundle) => {
      const page = await browser.page(`${PRINTS_IN_BODY}${await bundle(program)}`);
      const body = page.locator('body').filter({ hasText: /./ });
      await body.waitFor({ timeout: 120_000 });
      expect(JSON.parse((await body.textContent()) ?? '')).toEqual(FOUND);
      await page.close();
    });
  });
}
