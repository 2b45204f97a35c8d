import { join } from 'node:path';
import { Command } from 'commander';
import { writeFileAtomic } from '../../data/files.node';
import { standardSpace } from '../../nas/space';
import { cellSvg } from '../../report/cell';
import type { Search, Training } from '../../report/results';
import { comparisonTable, tableText } from '../../report/table';
import { writeReport } from '../../report/write.node';
import { example, withCommonOptions } from '../options';
import { type CommonOptions, type Session, taskById, withSession } from '../session';
import { computeDistances, sayDistances, trainAll } from '../stages/distances';
import { trainedNetwork } from '../stages/networks';
import { resultsOf } from '../stages/results';
import { searchAndTrain, taskAware } from '../stages/searches';

export function runCommand(): Command {
  return withCommonOptions(new Command('run'))
    .description('The whole pipeline: train, measure distances, search, compare, report')
    .addHelpText('after', example('taskgrad run --preset quick --out runs/quick'))
    .action((options: CommonOptions) => withSession(options, {}, run));
}

async function run(session: Session): Promise<void> {
  const { settings, out } = session;
  const target = taskById(settings.search.target);
  const training = await trainAll(session);
  const distance = await computeDistances(session);
  sayDistances(session, distance);
  const closest = distance.logdet.closest.find(({ task }) => task === target.id);
  const space = await taskAware(session, taskById(closest?.closest ?? target.id));
  const search: Search[] = [
    await searchAndTrain(session, 'FUSE task-aware', target, space),
    await searchAndTrain(session, 'FUSE standard', target, standardSpace),
    await searchAndTrain(session, 'random search', target, standardSpace),
  ];
  const baselines: Training[] = [];
  for (const { network, width } of settings.baselines) {
    const name = `${network}-final-task${target.id}`;
    const job = { name, task: target, seed: settings.seed, training: { ...settings.final, network, width } };
    const { net, record } = await trainedNetwork(session, job);
    net.dispose();
    baselines.push({ ...record, network: width === 1 ? network : `${network} × ${width}` });
  }
  const results = resultsOf(session, { training, distance, search, baselines });
  await writeReport(out, results);
  for (const { method, winner } of search) {
    const file = join(out, `genotype-${method.replaceAll(' ', '-')}`);
    await writeFileAtomic(`${file}.json`, JSON.stringify(winner, null, 2));
    await writeFileAtomic(`${file}.svg`, cellSvg(winner));
  }
  const table = tableText(comparisonTable(results.table));
  session.say(`\n${target.name}, ${results.adapter.description}:\n${table}`, {
    event: 'table',
    table: results.table,
  });
  const minutes = (results.wallSeconds / 60).toFixed(1);
  session.say(`\n${minutes} minutes; report: ${join(out, 'report.html')}`, { event: 'done', report: out });
}
