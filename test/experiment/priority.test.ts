import { describe, expect, test } from 'vitest';
import { lineUp, queuePriority, termsOf } from '../../src/experiment/priority';

const kind = { name: 'train', cost: (seconds: number) => seconds, tail: (seconds: number) => 2 * seconds };
const waiting = (name: string, urgency: number) => ({
  name,
  asked: { terms: { cost: 1, urgency, patience: 600 } },
});

describe('terms of a job', () => {
  test('are its cost, the chain that begins with it, and twenty costs of patience', () => {
    expect(termsOf(kind, 100)).toEqual({ cost: 100, urgency: 300, patience: 2000 });
  });

  test('are a second and ten minutes of patience where its kind says nothing', () => {
    expect(termsOf({ name: 'any' }, 0)).toEqual({ cost: 1, urgency: 1, patience: 600 });
    expect(termsOf({ name: 'any', patience: 5 }, 0).patience).toBe(5);
  });

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('are refused where a kind says %s', (seconds) => {
    expect(() => termsOf(kind, seconds)).toThrow(
      `the kind of job 'train' says a cost of ${seconds} seconds, expected 0 or more`,
    );
  });
});

describe('jobs in line', () => {
  test('have the most urgent first, and equals as they came', () => {
    const line: ReturnType<typeof waiting>[] = [];
    const jobs = [
      ['a', 5],
      ['b', 7],
      ['c', 5],
      ['d', 1],
      ['e', 7],
      ['f', 9],
    ] as const;
    for (const [name, urgency] of jobs) lineUp(line, waiting(name, urgency));
    expect(line.map(({ name }) => name)).toEqual(['f', 'b', 'e', 'a', 'c', 'd']);
  });

  test('have the same order by the priority of the queue, from a second to a year', () => {
    const chains = [0, 0.1, 1, 1.1, 59, 60, 3600, 3601, 86_400, 86_410, 31_536_000];
    const priorities = chains.map((urgency) => queuePriority({ urgency }));
    expect(priorities).toEqual(priorities.toSorted((a, b) => b - a));
    expect(new Set(priorities).size).toBe(chains.length);
    for (const priority of priorities) expect(priority >= 1 && priority < 2 ** 21).toBe(true);
  });
});
