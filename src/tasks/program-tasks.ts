import type { TaskSpec } from './spec';
import type { Task } from './task';

/**
 * What the loader of Le et al. does to tasks beside exchanging digits (see exchanged-digits.ts).
 * Source: `odd_even_dataset` and `indicator_dataset` of lephuoccat/log-det-distance-NAS, data_loader.py.
 */

const ODD = '1,3,5,7,9';
const EVEN = '0,2,4,6,8';

/** Whether a task tells odd digits from even ones, whichever are the positives. */
const isParity = ({ dataset, kind, positives }: Pick<TaskSpec, 'dataset' | 'kind' | 'positives'>): boolean =>
  dataset === 'mnist' && kind === 'binary' && [ODD, EVEN].includes([...(positives ?? [])].sort().join());

/** The task of odd digits against even ones with even as label 1; other tasks as they are. */
export function evenAsPositive(spec: TaskSpec): TaskSpec {
  if (!isParity(spec) || [...(spec.positives ?? [])].sort().join() === EVEN) return spec;
  return { ...spec, name: 'even digits vs odd', positives: [0, 2, 4, 6, 8], classes: ['odd', 'even'] };
}

/** Test images of the rest in MNIST's binary tasks: as many as there are of task 0 and a few. */
const TEST_REST = 1042;

/** Which of the loader's numbers a protocol follows. */
export interface RestRules {
  /** The rest of a test is 1,042 images in MNIST's binary tasks, whatever the positives. */
  readonly fixedTestRest: boolean;
  /** The rest is not cut for odd digits against even ones, and for a drawing of Quick, Draw! against the others. */
  readonly wholeRest: boolean;
}

/** Images of a task's rest, where they are not as many as the positives. Infinity means all. */
export function programRest(task: Task, part: 'train' | 'test', rules: RestRules): number | undefined {
  if (task.kind !== 'binary') return undefined;
  const isWhole = isParity(task) || task.dataset === 'quickdraw';
  if (isWhole) return rules.wholeRest ? Number.POSITIVE_INFINITY : undefined;
  return rules.fixedTestRest && part === 'test' && task.dataset === 'mnist' ? TEST_REST : undefined;
}
