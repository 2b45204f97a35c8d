import { z } from 'zod';
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
