import { z } from 'zod';
import { readKept, writeKept } from '../../data/kept.node';
import { type CurvePoint, curvePointSchema } from '../../report/study/run';
import type { JobEvent, Work } from '../kind';
import type { SpentTime } from './timed.node';
import { newestWhole } from './whole.node';

const CURVE_FILE = 'curve.json';

export const curveSchema = z.array(curvePointSchema);

/** What searches log when they have looked at a cell, or at a round of cells. */
const lookSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('candidate'), number: z.number(), validationAccuracy: z.number() }),
  z.object({ event: z.literal('round'), round: z.number(), validationAccuracy: z.number() }),
]);

/** What a search had found after so many networks. */
export interface SearchCurve {
  /** Takes notice of what the search logs. */
  see(event: JobEvent): void;
  /** Keeps what was seen beside the search's checkpoint: to be called before that is written. */
  keep(spent: () => Promise<SpentTime>): Promise<void>;
  /** The whole curve. It ends at what the search found. */
  ended(found: CurvePoint): CurvePoint[];
}

/** Goes on from the curve of an interrupted try. @param candidates networks that a round trains */
export async function openCurve(work: Work, candidates: number): Promise<SearchCurve> {
  const file = work.file(CURVE_FILE);
  const read = async (path: string) => (await readKept(path, curveSchema)).content;
  let points = (await newestWhole(work, file, read)) ?? [];
  let seen: Omit<CurvePoint, 'gpuSeconds'>[] = [];
  const reached = () => (seen.at(-1) ?? points.at(-1))?.networks ?? 0;
  return {
    see: (event) => {
      const { success, data } = lookSchema.safeParse(event);
      if (!success) return;
      const networks = data.event === 'round' ? (data.round + 1) * candidates : data.number + 1;
      // What was seen before an interruption is seen again where the checkpoint is older.
      if (networks > reached()) seen = [...seen, { networks, validationError: 1 - data.validationAccuracy }];
    },
    keep: async (spent) => {
      if (seen.length === 0) return;
      const { gpuSeconds } = await spent();
      points = [...points, ...seen.map((look) => ({ gpuSeconds, ...look }))];
      seen = [];
      await writeKept(file, points, { keepPrevious: true });
    },
    ended: (found) => (found.networks > reached() ? [...points, found] : points),
  };
}
