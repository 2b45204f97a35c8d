import { z } from 'zod';
import { readKept, writeKept } from '../../data/kept.node';
import type { Work } from '../kind';
import { newestWhole } from './whole.node';

const TIME = 'time.json';

export const spentTimeSchema = z.object({ gpuSeconds: z.number(), wallSeconds: z.number() });
export type SpentTime = z.infer<typeof spentTimeSchema>;

/**
 * Does a job's work and adds its time to that of the tries before it, so that work that was resumed knows its whole cost.
 * @param work told how to ask for what was spent so far
 */
export async function timed<T>(
  job: Work,
  work: (spent: () => Promise<SpentTime>) => Promise<T>,
): Promise<{ result: T; spent: SpentTime }> {
  const { gpu } = job;
  const file = job.file(TIME);
  const read = async (path: string) => (await readKept(path, spentTimeSchema)).content;
  const earlier = (await newestWhole(job, file, read)) ?? { gpuSeconds: 0, wallSeconds: 0 };
  const gpuStart = await gpu.seconds();
  const wallStart = performance.now();
  const spent = async (): Promise<SpentTime> => ({
    gpuSeconds: earlier.gpuSeconds + (await gpu.seconds()) - gpuStart,
    wallSeconds: earlier.wallSeconds + (performance.now() - wallStart) / 1000,
  });
  try {
    const result = await work(spent);
    return { result, spent: await spent() };
  } catch (error) {
    await writeKept(file, await spent().catch(() => earlier), { keepPrevious: true });
    throw error;
  }
}
