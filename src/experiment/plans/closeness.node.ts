import { randomFor } from '../../nas/seeds';
import { rankedOperations, sizedSpace } from '../../nas/sized-space';
import type { SearchSpace } from '../../nas/space';
import { taskAwareSpace } from '../../nas/space';
import type { Distance } from '../../report/results';
import type { Task } from '../../tasks/task';
import { wholeSpace } from '../scene/search-data';
import { byCloseness, CLOSENESS, type Closeness } from './closeness';
import { dictionaryKey, type Experiment, together } from './experiment.node';
import { knownCells } from './spaces.node';

/** Stream of a seed's draws, beside those of `spaces.node.ts`. */
const RANDOM_TASK = 0xfffd;

/** A space, and the task whose best cells gave its operations. */
export interface LentSpace {
  readonly task: Task;
  readonly space: SearchSpace;
}

/**
 * Task-aware spaces of one size from the closest task, a random and the farthest, by the log-det means: whether a space helps
 * because its task is close is seen beside those of others. The size is that of the closest task's usual space, or what the
 * cells tried of every task allow.
 * @param seed of the task that is drawn, and of the cells that are tried of each
 * @throws TaskgradError `TASKS_FEW`; SearchSpaceError where the cells tried use fewer than two operations
 */
export async function closenessSpaces(
  experiment: Experiment,
  { tasks, logdet }: Pick<Distance, 'tasks' | 'logdet'>,
  target: Task,
  seed: number,
): Promise<Readonly<Record<Closeness, LentSpace>>> {
  const column = tasks.indexOf(target.id);
  const sources = tasks
    .map((id, row) => ({ task: experiment.task(id), distance: logdet.mean[row][column] }))
    .filter(({ task }) => task.id !== target.id);
  const chosen = byCloseness(sources, randomFor(seed, 'genotypes', RANDOM_TASK));
  const whole = wholeSpace(experiment.settings.protocol);
  const lenders = await together(
    CLOSENESS.map(async (name) => {
      const task = chosen[name];
      return {
        name,
        task,
        key: dictionaryKey(experiment, task),
        known: await knownCells(experiment, task, seed),
      };
    }),
  );
  const [closest] = lenders;
  const size = Math.min(
    taskAwareSpace(closest.key, closest.known, whole).operations.length,
    ...lenders.map(({ key, known }) => rankedOperations(key, known, whole.operations).length),
  );
  const lent = (wanted: Closeness): LentSpace => {
    const { name, task, key, known } = lenders[CLOSENESS.indexOf(wanted)];
    return { task, space: sizedSpace(name, key, known, whole, size) };
  };
  return { closest: lent('closest'), 'random-task': lent('random-task'), farthest: lent('farthest') };
}
