import { join } from 'node:path';
import { Command, Option } from 'commander';
import { writeFileAtomic } from '../../data/files.node';
import { standardSpace } from '../../nas/space';
import { cellSvg } from '../../report/cell';
import type { Task } from '../../tasks/task';
import { example, type MatrixOptions, matrixOverride, withMatrixOptions } from '../options';
import { settingsOf } from '../presets';
import { type CommonOptions, type Session, withSession } from '../session';
import { computeDistances, sayDistances, trainAll } from '../stages/distances';
import { searchAndTrain, taskAware } from '../stages/searches';
import { checkTarget, taskIds } from '../tasks';

interface SearchOptions extends CommonOptions, MatrixOptions {
  readonly task: string;
  readonly method: 'fuse' | 'random';
  readonly space: 'standard' | 'task-aware';
}

export function searchCommand(): Command {
  return withMatrixOptions(new Command('search'))
    .description('Search a cell for one task, train the winner from scratch and test it')
    .option('--task <id>', 'task to search for', '3')
    .addOption(new Option('--method <name>', 'how to search').choices(['fuse', 'random']).default('fuse'))
    .addOption(
      new Option('--space <name>', 'operations: all, or those of the closest task (needs distances)')
        .choices(['standard', 'task-aware'])
        .default('standard'),
    )
    .addHelpText(
      'after',
      example(
        'taskgrad search --task 3 --space task-aware --out runs/search',
        'taskgrad search --task 6 --space task-aware --tasks 4 5 6 7 --data cifar10=data/cifar10 --out runs/cifar',
      ),
    )
    .action(search);
}

async function search({ task, method, space, ...common }: SearchOptions): Promise<void> {
  const settings = settingsOf(common.preset, common.seed);
  const [id] = taskIds([task]);
  const isAware = space === 'task-aware';
  const matrix = matrixOverride(common);
  if (isAware) checkTarget(matrix.tasks ?? settings.tasks, id);
  const override = { ...matrix, search: { ...settings.search, target: id } };
  const explore = async (session: Session) => {
    const target = session.task(id);
    const operations = isAware ? await taskAware(session, await closestTo(session, target)) : standardSpace;
    const name = method === 'random' ? 'random search' : (`FUSE ${space}` as const);
    const { winner } = await searchAndTrain(session, name, target, operations);
    await writeFileAtomic(join(session.out, 'genotype.json'), JSON.stringify(winner, null, 2));
    await writeFileAtomic(join(session.out, 'genotype.svg'), cellSvg(winner));
    session.say(`genotype.json and genotype.svg are in ${session.out}`);
  };
  await withSession(common, override, explore, ({ tasks }) => (isAware ? tasks : [id]));
}

/** The task closest to the target by the log-det distance; trains and measures what is missing. */
async function closestTo(session: Session, target: Task): Promise<Task> {
  await trainAll(session);
  const distance = await computeDistances(session);
  sayDistances(session, distance);
  const row = distance.logdet.closest.find(({ task }) => task === target.id);
  return session.task(row?.closest ?? target.id);
}
