import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../../data/files.node';
import { adapterKind } from '../../experiment/kinds/adapter';
import { distanceFigures } from '../../report/distance-figures';
import { type Distance, distanceFields } from '../../report/results';
import type { CliExperiment } from '../experiment';
import { publishedOrder } from './published-order';

/** All that distance.json says. Matrices are [source][target] in the order of `tasks`. */
export const distanceFileSchema = z.strictObject({
  ...distanceFields,
  /** Names of the tasks, and their ids in the same order. */
  tasks: z.array(z.string().min(1)).min(2),
  ids: z.array(z.string().min(1)).min(2),
  /**
   * Spearman's ρ of our log-det means and the published ones, over the tasks that were published. Null if there is
   * none.
   */
  spearman: z.number().min(-1).max(1).nullable(),
  /** What it was computed on. */
  adapter: z.string(),
  /** Number of seeds. */
  seeds: z.int().positive(),
});
export type DistanceFile = z.infer<typeof distanceFileSchema>;

/** Writes a matrix of distances as JSON, and its pictures, into the run's folder, with `suffix` in their names. */
export async function writeDistance(
  experiment: CliExperiment,
  distance: Distance,
  suffix = '',
): Promise<void> {
  const { out, job } = experiment;
  const { tasks: ids, seeds, ...rest } = distance;
  const names = ids.map((id) => experiment.task(id).name);
  const file: DistanceFile = {
    ...rest,
    ids,
    tasks: names,
    seeds: seeds.length,
    adapter: (await job(adapterKind, {})).value.description,
    spearman: publishedOrder(distance)?.spearman ?? null,
  };
  await writeFileAtomic(join(out, `distance${suffix}.json`), `${JSON.stringify(file, null, 2)}\n`);
  for (const { name, svg } of distanceFigures(distance, names)) {
    await writeFileAtomic(join(out, `${name}${suffix}.svg`), `${svg}\n`);
  }
}
