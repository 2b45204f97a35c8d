import { readFileSync, writeFileSync } from 'node:fs';

/** Kilobytes of a line of /proc/self/status. */
const field = (name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);

/** Whether the system says how much memory a process had at most: Linux does. */
export const knowsPeaks = process.platform === 'linux';

/** How many bytes more than before this process had in memory at most, while `work` ran. 0 where nobody knows. */
export async function peakOf(work: () => Promise<unknown>): Promise<number> {
  if (!knowsPeaks) {
    await work();
    return 0;
  }
  writeFileSync('/proc/self/clear_refs', '5'); // begins to count anew, see proc(5)
  const before = field('VmRSS');
  await work();
  return (field('VmHWM') - before) * 1024;
}
