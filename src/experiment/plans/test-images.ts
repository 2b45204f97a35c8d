import { sourceKey, type Task } from '../../tasks/task';

/**
 * For what a run reads test images, and whether anything is chosen by what comes out: a task, a space, a cell. What only
 * reports an accuracy leaves every later step as it would have been.
 */
const USES = {
  'accuracies of trained networks': 'reports',
  'accuracies after transfer': 'reports',
  'final tests': 'reports',
  'running statistics of trained networks': 'chooses',
  distances: 'chooses',
} as const;
export type TestUse = keyof typeof USES;

/** Whether something is chosen by what a use of test images gives. */
export const chooses = (use: TestUse): boolean => USES[use] === 'chooses';

/**
 * What test images were read for, in the order of the plan. They are told apart by data set: tasks of one data set share its
 * images, under other labels.
 */
export class TestImages {
  readonly #uses = new Map<string, Set<TestUse>>();

  /** Writes down a use. One that is known already changes nothing. */
  note({ dataset }: Task, use: TestUse): void {
    const key = sourceKey(dataset);
    const uses = this.#uses.get(key) ?? new Set();
    this.#uses.set(key, uses.add(use));
  }

  /** All uses of a task's data set so far, the first one first. */
  seen({ dataset }: Task): readonly TestUse[] {
    return [...(this.#uses.get(sourceKey(dataset)) ?? [])];
  }
}
