import { existsSync } from 'node:fs';
import { z } from 'zod';
import { readKept, writeKept } from '../data/kept.node';
import { sourceKey, type Task } from '../tasks/task';

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

export const testUseSchema = z.enum(Object.keys(USES) as [TestUse, ...TestUse[]]);
const keptSchema = z.record(z.string(), z.array(testUseSchema));

/** Whether something is chosen by what a use of test images gives. */
export const chooses = (use: TestUse): boolean => USES[use] === 'chooses';

/**
 * What test images were read for. They are told apart by data set: tasks of one data set share its images, under other
 * labels. It is kept in the run's state, so that a resumed run knows what an interrupted one has read.
 */
export interface TestImages {
  /** Writes down a use. One that is known already changes nothing. */
  readonly note: (task: Task, use: TestUse) => Promise<void>;
  /** All uses of a task's data set so far, the first one first. */
  readonly seen: (task: Task) => readonly TestUse[];
}

/** @throws DataError on a broken file */
export async function openTestImages(file: string): Promise<TestImages> {
  const kept: Record<string, TestUse[]> = existsSync(file) ? (await readKept(file, keptSchema)).content : {};
  const seen = ({ dataset }: Task): TestUse[] => kept[sourceKey(dataset)] ?? [];
  return {
    seen: (task) => [...seen(task)],
    note: async (task, use) => {
      if (seen(task).includes(use)) return;
      kept[sourceKey(task.dataset)] = [...seen(task), use];
      await writeKept(file, kept);
    },
  };
}
