import { expect, test } from 'vitest';
import { restWhileWaiting } from '../../runtime/rest.node';

/** Turns that the event loop makes in some milliseconds. */
async function turnsIn(milliseconds: number): Promise<number> {
  const end = performance.now() + milliseconds;
  let turns = 0;
  while (performance.now() < end) {
    await new Promise((resolve) => setImmediate(resolve));
    turns += 1;
  }
  return turns;
}

test('the event loop turns slowly while something is under way, and freely before and after', async () => {
  const watch = restWhileWaiting();
  const free = await turnsIn(40);
  watch.began();
  watch.began();
  watch.ended();
  const resting = await turnsIn(40);
  watch.ended();
  await turnsIn(2);
  const after = await turnsIn(40);
  // A turn rests 0.1 ms at first and 1 ms later; free ones take microseconds.
  expect(resting).toBeLessThan(400);
  expect(free).toBeGreaterThan(2 * resting);
  expect(after).toBeGreaterThan(2 * resting);
});
