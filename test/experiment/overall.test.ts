import { describe, expect, test } from 'vitest';
import { overall } from '../../src/experiment/overall';

describe('how far all jobs together are', () => {
  test('is counted in expected seconds of work', () => {
    const hear = overall();
    hear({ key: 'a', at: 0, cost: 100 });
    expect(hear({ key: 'b', at: 0, cost: 300 })).toMatchObject({
      done: 0,
      total: 400,
      secondsLeft: undefined,
    });
    hear({ key: 'a', at: 25_000, done: 1, total: 4 });
    const half = hear({ key: 'b', at: 50_000, done: 1, total: 3 });
    expect(half.done).toBeCloseTo(125);
    // 125 seconds of work in 50 seconds: 275 more take 110.
    expect(half.secondsLeft).toBeCloseTo(110);
    hear({ key: 'a', at: 60_000, ended: 'done' });
    expect(hear({ key: 'b', at: 90_000, ended: 'failed' })).toEqual({
      done: 400,
      total: 400,
      secondsLeft: 0,
      jobs: { asked: 2, ended: 2, failed: 1 },
    });
  });

  test('does not take what was there before for work of now', () => {
    const hear = overall();
    hear({ key: 'kept', at: 0, cost: 1000 });
    hear({ key: 'goes on', at: 0, cost: 100 });
    hear({ key: 'new', at: 0, cost: 100 });
    expect(hear({ key: 'kept', at: 0, ended: 'kept' })).toMatchObject({ done: 1000, secondsLeft: undefined });
    hear({ key: 'goes on', at: 0, done: 50, total: 100 });
    // 10 of 150 seconds in 10.
    const now = hear({ key: 'new', at: 10_000, done: 1, total: 10 });
    expect(now).toMatchObject({ done: 1060, total: 1200 });
    expect(now.secondsLeft).toBeCloseTo(140);
  });

  test('never goes back, and hears of no job twice', () => {
    const hear = overall();
    hear({ key: 'a', at: 0, cost: 10 });
    hear({ key: 'a', at: 0, cost: 10 });
    hear({ key: 'a', at: 1000, done: 5, total: 10 });
    expect(hear({ key: 'a', at: 2000, done: 3, total: 10 }).done).toBe(5);
    hear({ key: 'a', at: 3000, ended: 'done' });
    expect(hear({ key: 'a', at: 3000, ended: 'done' }).jobs).toEqual({ asked: 1, ended: 1, failed: 0 });
  });
});
