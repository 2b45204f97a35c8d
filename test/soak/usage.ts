import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { collectGarbage } from '../../runtime/collect.node';

/** What a process holds of its machine. On other systems than Linux only memory is known; the rest is 0. */
export interface Usage {
  readonly descriptors: number;
  readonly threads: number;
  readonly maps: number;
  /** Megabytes. */
  readonly rss: number;
  readonly heap: number;
}

/** What is held once nothing is left to be collected. */
export async function usage(): Promise<Usage> {
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await wait(20); // what was collected is let go of in a turn of the event loop
  }
  const { rss, heapUsed } = process.memoryUsage();
  return {
    descriptors: count(() => readdirSync('/proc/self/fd').length),
    threads: count(() => readdirSync('/proc/self/task').length),
    maps: count(() => readFileSync('/proc/self/maps', 'utf8').split('\n').length),
    rss: rss / 2 ** 20,
    heap: heapUsed / 2 ** 20,
  };
}

function count(read: () => number): number {
  try {
    return read();
  } catch {
    return 0;
  }
}

/** What grew by more than it may, a line each. */
export function growth(what: string, before: Usage, after: Usage, most: Usage): string[] {
  const keys = Object.keys(most) as (keyof Usage)[];
  return keys
    .filter((key) => after[key] - before[key] > most[key])
    .map((key) => `${what}: ${key} grew from ${before[key].toFixed(1)} to ${after[key].toFixed(1)}`);
}

export const usageText = (before: Usage, after: Usage): string =>
  (Object.keys(before) as (keyof Usage)[])
    .map((key) => `${key} ${before[key].toFixed(0)} → ${after[key].toFixed(0)}`)
    .join(', ');
