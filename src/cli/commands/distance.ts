import { join } from 'node:path';
import { Command } from 'commander';
import { writeFileAtomic } from '../../data/files.node';
import { heatMapSvg } from '../../report/heatmap';
import type { Distance } from '../../report/results';
import { example, type MatrixOptions, matrixOverride, withMatrixOptions } from '../options';
import { type CommonOptions, type Session, taskById, withSession } from '../session';
import { computeDistances, sayDistances, trainAll } from '../stages/distances';

export function distanceCommand(): Command {
  return withMatrixOptions(new Command('distance'))
    .description('Compute the distances between all tasks over the seeds, training networks that are missing')
    .addHelpText('after', example('taskgrad distance --preset quick --out runs/distances'))
    .action((options: CommonOptions & MatrixOptions) =>
      withSession(options, matrixOverride(options), async (session) => {
        await trainAll(session);
        const distance = await computeDistances(session);
        sayDistances(session, distance);
        await writeDistance(session, distance);
      }),
    );
}

async function writeDistance(session: Session, distance: Distance): Promise<void> {
  const { out } = session;
  await writeFileAtomic(join(out, 'distance.json'), JSON.stringify(distance, null, 2));
  const names = distance.tasks.map((id) => taskById(id).name);
  for (const measure of ['logdet', 'frechet'] as const) {
    for (const statistic of ['mean', 'sd'] as const) {
      const title = `${measure === 'logdet' ? 'Log-det' : 'Fréchet'} distance, ${statistic}`;
      const svg = heatMapSvg({ title, unit: 'distance', names, values: distance[measure][statistic] });
      await writeFileAtomic(join(out, `heatmap-${measure}-${statistic}.svg`), svg);
    }
  }
  session.say(`distances and heat maps are in ${out}`);
}
