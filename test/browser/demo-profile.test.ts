import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { ChromeTrace } from '../../runtime/chrome-trace';
import { traceFaults } from '../runtime/trace-rules';
import { button, fact, PATIENCE, useDemo } from './demo';

const demo = useDemo();

test('the Profile panel names kernels in full, says where the rest of a step goes, and hands out a trace', {
  timeout: 2 * PATIENCE,
}, async () => {
  const page = await demo.open('profile', { viewport: { width: 1440, height: 900 } });
  expect(await button(page, 'Trace (JSON)').isDisabled()).toBe(true);
  await button(page, 'Profile a step').click();
  await page.getByText('Every dispatch was timed').waitFor();

  const waiting = page.waitForEvent('download');
  await button(page, 'Trace (JSON)').click();
  const text = (await readFile(await (await waiting).path())).toString();
  expect(traceFaults(text)).toEqual([]);
  const trace: ChromeTrace = JSON.parse(text);
  const spans = trace.traceEvents.filter(({ ph }) => ph === 'X');
  const kernels = spans.filter(({ pid, tid }) => pid === 2 && tid === 2);
  expect(kernels).toHaveLength(await fact(page, 'Dispatches'));

  const names = page.locator('.times [scope=row]');
  const known = new Set(kernels.map(({ name }) => name));
  for (const width of [1440, 360]) {
    await page.setViewportSize({ width, height: 900 });
    for (const name of await names.all()) {
      const text = (await name.textContent()) ?? '';
      const isCut = await name.evaluate((element) => element.scrollWidth > element.clientWidth);
      expect(isCut || text.includes('…'), text).toBe(false);
      expect(/^\d+ others$/.test(text) || known.has(text.replace(/ \(.*/, '')), text).toBe(true);
      await name.hover();
      expect(await name.locator('..').getAttribute('title')).toContain(`${text}: `);
    }
  }
  const shares = await page.locator('.parts .number:nth-of-type(2)').allTextContents();
  expect(shares).toHaveLength(3);
  expect(shares.reduce((sum, text) => sum + Number.parseFloat(text), 0)).toBeCloseTo(100, 0);
  expect(demo.complaints).toEqual([]);
  await page.close();
});
