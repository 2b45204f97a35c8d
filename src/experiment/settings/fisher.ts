import { z } from 'zod';
import { ESTIMATORS, type Estimator } from '../../fisher/estimators';
import { HEAD_RULES } from '../../fisher/head';
import { FISHER_IMAGES } from '../../report/distance-kind';

export const ESTIMATOR_NAMES = Object.keys(ESTIMATORS) as Estimator[];

/** How the distances between tasks are measured. */
export const fisherSchema = z.strictObject({
  estimator: z.enum(ESTIMATOR_NAMES),
  /** How the heads of two networks are put side by side. */
  head: z.enum(HEAD_RULES),
  /** Of the log-det distance. */
  epsilon: z.number().positive(),
  /** Whether Fishers are averaged over the seeds before they are compared. */
  average: z.boolean(),
  /** What they are taken on: training images that nothing trains on, or test images, as in the paper. */
  images: z.enum(FISHER_IMAGES),
  /** Images a task, at most. */
  count: z.int().positive(),
  batchSize: z.int().positive(),
});
export type FisherSettings = z.infer<typeof fisherSchema>;
