import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { readJson } from '../data/files.node';
import { DATASET_NAMES } from '../data/table';
import type { TaskSpec } from './spec';

const MOST_PIXELS = 1024;
const FIELDS = ['id', 'name', 'dataset', 'kind', 'positives', 'classes'];
const SOURCES = `${DATASET_NAMES.join(', ')}, or { "folders": DIR, "size": pixels, "channels": 1 or 3 }`;

const name = z.string().min(1, 'a name');
const foldersSchema = z.strictObject({
  folders: z.string().min(1),
  size: z.int().positive().max(MOST_PIXELS),
  channels: z.union([z.literal(1), z.literal(3)]),
});

/** One task as a file describes it. Messages say what is expected, as `readJson` wants them. */
export const taskSpecSchema = z
  .strictObject(
    {
      // Beginning with a letter and without a colon, so that none is a built-in task's.
      id: z.string().regex(/^[A-Za-z][\w-]*$/, 'a letter, then letters, digits, - and _'),
      name,
      dataset: z.union([z.enum(DATASET_NAMES), foldersSchema], { error: SOURCES }),
      kind: z.enum(['binary', 'multi', 'all']),
      positives: z
        .array(z.union([name, z.int().nonnegative()], { error: 'a class name or number' }))
        .optional(),
      classes: z.array(name).optional(),
    },
    {
      error: ({ code }) => (code === 'unrecognized_keys' ? `no fields but ${FIELDS.join(', ')}` : undefined),
    },
  )
  .superRefine(({ kind, positives }, context) => {
    if (kind === 'all' || (positives && positives.length > 0)) return;
    context.addIssue({ code: 'custom', path: ['positives'], message: 'at least one class' });
  }) satisfies z.ZodType<TaskSpec>;

export type OwnTask = z.infer<typeof taskSpecSchema>;

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
