import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { readJson } from '../data/files.node';
import { type OwnTask, taskSpecSchema } from './spec-schema';

const fileSchema = z
  .array(taskSpecSchema)
  .min(1, 'at least one task')
  .superRefine((tasks, context) => {
    for (const [index, { id }] of tasks.entries()) {
      if (tasks.findIndex((other) => other.id === id) === index) continue;
      context.addIssue({ code: 'custom', path: [index, 'id'], message: 'an id that no task before it has' });
    }
  });

/**
 * Reads tasks from a JSON file: an array of `{ id, name, dataset, kind, positives, classes? }`. Picture folders are
 * looked for from the file's own folder on. Whether the classes are there is known once the data set has been read.
 * @throws DataError that names the file and the first field that does not fit
 */
export async function readTasksFile(path: string): Promise<OwnTask[]> {
  const tasks = await readJson(path, fileSchema);
  return tasks.map((task) => {
    const { dataset } = task;
    if (typeof dataset === 'string') return task;
    return { ...task, dataset: { ...dataset, folders: resolve(dirname(path), dataset.folders) } };
  });
}
