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

/** Tests of what tensors can do, in Node and in pages, with the package as installed. */
export function testTensors(projectOf: () => Project): void {
  describe('its tensors', () => {
    let browser: TestBrowser;
    let program: string;
    beforeAll(async () => {
      browser = await openBrowser();
      program = await projectOf().write('methods.js', javascript(await programNamed('methods.ts')));
    });
    afterAll(() => browser.close());

    async function printedInPage(script: string): Promise<unknown> {
      const page = await browser.page(`${PRINTS_IN_BODY}${script}`);
      const body = page.locator('body').filter({ hasText: /./ });
      await body.waitFor({ timeout: 120_000 });
      const printed = JSON.parse((await body.textContent()) ?? '');
      await page.close();
      return printed;
    }

    test('have methods in Node', async () => {
      expect(JSON.parse(await projectOf().run('methods.js'))).toEqual(FOUND);
    });

    test.each(Object.entries(BUNDLERS))('have methods in a page that %s bundles', async (_, bundle) => {
      expect(await printedInPage(await bundle(program))).toEqual(FOUND);
    });

    test.each(Object.entries(BUNDLERS))(
      'have views with gradients in a page that %s bundles',
      async (_, bundle) => {
        const views = await projectOf().write('view.js', await programNamed('view.js'));
        expect(await printedInPage(await bundle(views))).toEqual([1, 1, 1, 1]);
      },
    );
  });
}
