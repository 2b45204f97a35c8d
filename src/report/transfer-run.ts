import * as z from 'zod';

const id = z.string().min(1);
const share = z.number().min(0).max(1);
const classes = z.int().min(2);

/**
 * One source network fine-tuned on one target under one seed. Accuracies are shares of a task's test images. What is
 * optional is not in older files.
 */
export const transferRunSchema = z.strictObject({
  seed: z.int().nonnegative(),
  source: id,
  target: id,
  logdet: z.number(),
  frechet: z.number(),
  /** Task measures by their names; see `fisher.TASK_MEASURES`. */
  measures: z.record(z.string().min(1), z.number()).optional(),
  accuracy: share,
  /** Of a network trained from scratch on the same samples. */
  scratch: share,
  sourceClasses: classes.optional(),
  targetClasses: classes.optional(),
  /** Of the source network on its own task. */
  sourceAccuracy: share.optional(),
  /** Training images of the source network. */
  sourceImages: z.int().positive().optional(),
});
export type TransferRun = z.infer<typeof transferRunSchema>;

/** The accuracy fine-tuned, less that from scratch, as a share. */
export const gainOf = ({ accuracy, scratch }: TransferRun): number => accuracy - scratch;
