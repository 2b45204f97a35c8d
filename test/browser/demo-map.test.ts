import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { button, PATIENCE, picture, useDemo } from './demo';

const demo = useDemo();
const WIDTHS = [320, 360, 768, 1024, 1440];

const chosen = (page: Page) => page.locator('.map .name.chosen').allTextContents();

test('the task map keeps its names in the frame, works by touch, and tells how certain it is', {
  timeout: 3 * PATIENCE,
}, async () => {
  const page = await demo.open('map', { viewport: { width: 1440, height: 900 }, hasTouch: true });
  await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
  await button(page, /^Measure distances/).click();
  await page.getByText('Measured with one network a task').waitFor();
  const nameRoom = page.locator('.map .name');
  for (const width of WIDTHS) {
    // From the first view on: the panel is opened at each width anew.
    await page.getByRole('tab', { name: 'Draw' }).click();
    await page.setViewportSize({ width, height: 900 });
    await page.getByRole('tab', { name: 'Task map' }).click();
    await nameRoom.first().waitFor();
    const outside = await page.locator('.map').evaluate((map) => {
      const frame = map.getBoundingClientRect();
      return Array.from(map.querySelectorAll('.name')).flatMap((name) => {
        const { left, right, top, bottom } = name.getBoundingClientRect();
        const isInside =
          left >= frame.left && right <= frame.right && top >= frame.top && bottom <= frame.bottom;
        return isInside ? [] : [name.textContent];
      });
    });
    expect(await nameRoom.count(), `at ${width} px`).toBe(4);
    expect(outside, `at ${width} px`).toEqual([]);
    await picture(page, `map-${width}`);
  }
  const text = (await page.locator('.legend').textContent()) ?? '';
  expect(text).toMatch(/are drawn (without distortion|with a distortion of [\d.]+ %)/);
  expect(text.match(/Closest to/g)).toHaveLength(4);

  await page.setViewportSize({ width: 360, height: 780 });
  await touch(page);

  await button(page, 'Measure over 3 seeds').click();
  await page.getByText('Networks of one task from other first weights').waitFor();
  await page.locator('.task', { hasText: 'all digits' }).click();
  expect(await page.locator('.legend [aria-live]').textContent()).toMatch(
    /: ([\d.]+ ± [\d.e-]+ to [^,]+,? ?){3}/,
  );
  await picture(page, 'map-seeds-360');
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole('application').focus();
  await picture(page, 'map-seeds-1440');
  expect(await button(page, 'Measured over 3 seeds').isDisabled()).toBe(true);
  expect(demo.complaints).toEqual([]);
  await page.close();
});

/** Taps a task and pinches the map, as fingers do. */
async function touch(page: Page): Promise<void> {
  const canvas = page.locator('.map canvas');
  await canvas.scrollIntoViewIfNeeded();
  const name = page.locator('.map .name', { hasText: '6 vs rest' });
  const label = await name.boundingBox();
  if (!label) throw new Error('the name is not to be seen');
  await page.touchscreen.tap(label.x + label.width / 2, label.y + label.height / 2);
  await expect.poll(() => chosen(page)).toEqual(['6 vs rest']);

  const box = await canvas.boundingBox();
  if (!box) throw new Error('the map is not to be seen');
  const spread = () =>
    page.locator('.map .name').evaluateAll((names) => {
      const tops = names.map((one) => one.getBoundingClientRect().left);
      return Math.max(...tops) - Math.min(...tops);
    });
  const before = await spread();
  const fingers = await page.context().newCDPSession(page);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const at = (apart: number) => [
    { x: x - apart, y, id: 0 },
    { x: x + apart, y, id: 1 },
  ];
  await fingers.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(100) });
  for (const apart of [85, 70, 60, 50])
    await fingers.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(apart) });
  await fingers.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await expect.poll(spread).toBeLessThan(before * 0.8);
  // A pinch chooses nobody else, and the page has not been zoomed in its place.
  expect(await chosen(page)).toEqual(['6 vs rest']);
  expect(await page.evaluate(() => visualViewport?.scale)).toBe(1);
}
