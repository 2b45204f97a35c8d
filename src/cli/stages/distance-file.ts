import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../../data/files.node';
import { DISTANCE_KINDS, DISTANCE_NAMES } from '../../report/distance-kind';
import { heatMapSvg } from '../../report/heatmap';
import { type Distance, distanceSummarySchema } from '../../report/results';
import type { Session } from '../session';
import { publishedOrder } from './published-order';

/** All that distance.json says. Matrices are [source][target] in the order of `tasks`. */
export const distanceFileSchema = z.strictObject({
  /** Names of the tasks, and their ids in the same order. */
  tasks: z.array(z.string().min(1)).min(2),
  ids: z.array(z.string().min(1)).min(2),
  logdet: distanceSummarySchema,
  frechet: distanceSummarySchema,
  /** The published log-det means; null unless every task is one of the eight. */
  published: z.array(z.array(z.number())).nullable(),
  /**
   * Spearman's ρ of our log-det means and the published ones, over the tasks that were published. Null if there is
   * none.
   */
  spearman: z.number().min(-1).max(1).nullable(),
  network: z.string().min(1),
  estimator: z.string().min(1),
  epsilon: z.number().positive(),
  /** What it was computed on. */
  adapter: z.string(),
  /** Number of seeds. */
  seeds: z.int().positive(),
});
export type DistanceFile = z.infer<typeof distanceFileSchema>;

/** Writes a matrix of distances as JSON and as heat maps into the run's folder, with `suffix` in their names. */
export async function writeDistance(session: Session, distance: Distance, suffix = ''): Promise<void> {
  const { out, gpu } = session;
  const { tasks: ids, seeds, ...rest } = distance;
  const names = ids.map((id) => session.task(id).name);
  const file: DistanceFile = {
    ...rest,
    ids,
    tasks: names,
    seeds: seeds.length,
    adapter: gpu.adapter.description,
    spearman: publishedOrder(distance)?.spearman ?? null,
  };
  await writeFileAtomic(join(out, `distance${suffix}.json`), `${JSON.stringify(file, null, 2)}\n`);
  for (const kind of DISTANCE_KINDS) {
    for (const statistic of ['mean', 'sd'] as const) {
      const title = `${DISTANCE_NAMES[kind]} distance, ${statistic}`;
      const svg = heatMapSvg({ title, unit: 'distance', names, values: distance[kind][statistic] });
      await writeFileAtomic(join(out, `heatmap-${kind}-${statistic}${suffix}.svg`), svg);
    }
  }
}
