import { z } from 'zod';
import { writeKept } from '../../data/kept.node';
import type { Session } from '../session';
import { newestJson } from '../whole';

export const spentTimeSchema = z.object({ gpuSeconds: z.number(), wallSeconds: z.number() });
export type Spent = z.infer<typeof spentTimeSchema>;

/** Runs `work` and adds its time to that in `file`, so that work that was resumed knows its whole cost. */
export async function timed<T>(
  session: Pick<Session, 'gpu' | 'say'>,
  file: string,
  work: () => Promise<T>,
): Promise<{ result: T; spent: Spent }> {
  const { gpu } = session;
  const earlier = (await newestJson(session, file, spentTimeSchema)) ?? { gpuSeconds: 0, wallSeconds: 0 };
  const gpuStart = await gpu.seconds();
  const wallStart = performance.now();
  const spent = async (): Promise<Spent> => ({
    gpuSeconds: earlier.gpuSeconds + (await gpu.seconds()) - gpuStart,
    wallSeconds: earlier.wallSeconds + (performance.now() - wallStart) / 1000,
  });
  try {
    const result = await work();
    return { result, spent: await spent() };
  } finally {
    await writeKept(file, await spent().catch(() => earlier), { keepPrevious: true });
  }
}
