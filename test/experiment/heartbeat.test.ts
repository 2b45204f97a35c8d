import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { heartbeat } from '../../src/experiment/heartbeat.node';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a lease is renewed every ten seconds, outlives what goes wrong meanwhile, and is lost once another has it', async () => {
  const answers = [true, new Error('no network'), true, false];
  let beats = 0;
  const heart = heartbeat(async () => {
    const answer = answers[beats++];
    if (answer instanceof Error) throw answer;
    return answer;
  });
  await vi.advanceTimersByTimeAsync(30_500);
  expect(beats).toBe(3);
  expect(heart.lost.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(heart.lost.aborted).toBe(true);
  heart.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(beats).toBe(4);
});
