import { TaskgradError } from '../../runtime/errors';
import { BUILT_IN_TASKS, builtInTask } from '../tasks/catalogue';
import type { TaskSpec } from '../tasks/spec';

/** @throws TaskgradError on an id that is neither of the file's tasks nor built in */
export function specOf(id: string, own: readonly TaskSpec[] = []): TaskSpec {
  const spec = own.find((task) => task.id === id) ?? builtInTask(id);
  if (spec) return spec;
  const inFile = own.map((task) => `${task.id} (${task.name}), `).join('');
  const advice = 'to add one of your own, name a file of it with --tasks-file';
  throw new TaskgradError(
    'TASK_UNKNOWN',
    `unknown task '${id}'; known are ${inFile}${BUILT_IN_TASKS}; ${advice}`,
  );
}

/** Ids as the tasks themselves have them, each once; those that are not built in stay as they are. */
export const taskIds = (ids: readonly string[]): string[] => [
  ...new Set(ids.map((id) => builtInTask(id)?.id ?? id)),
];

/** Tasks of a file are looked at once it is read. @throws TaskgradError on an id that can only be built in, and is not */
export function checkKnown(ids: readonly string[], tasksFile: string | undefined): void {
  if (tasksFile === undefined) for (const id of ids) specOf(id);
}

/** @throws TaskgradError if the distances leave out the task that a search is for */
export function checkTarget(tasks: readonly string[], target: string): void {
  if (tasks.includes(target)) return;
  const given = tasks.join(', ');
  throw new TaskgradError(
    'TASKS_TARGET',
    `the distances are of tasks ${given}, which leave out task ${target}, which the search is for; add it to --tasks`,
  );
}
