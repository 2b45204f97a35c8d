import * as z from 'zod';
import { TaskgradError } from '../../runtime/errors';
import { SEARCH_LABELS } from '../nas/methods/labels';
import { genotypeSchema, roundSchema, spentSchema } from '../nas/schemas';
import { DISTANCE_KINDS, FISHER_IMAGES } from './distance-kind';
import { PROTOCOL_NAMES } from './protocol';
import { spreadSchema } from './statistics/spread';

const count = z.int().nonnegative();
const seconds = z.number().nonnegative();
const share = z.number().min(0).max(1);
const taskId = z.string().min(1);

/** The device everything was computed on. `software` marks one that runs on the CPU. */
export const adapterSchema = z.strictObject({
  kind: z.string().min(1),
  description: z.string(),
  software: z.boolean(),
  driver: z.string().optional(),
});

export const taskSchema = z.strictObject({
  id: taskId,
  name: z.string().min(1),
  /** Name of the data set that it is cut from. */
  dataset: z.string().min(1).optional(),
  classes: z.int().min(2),
  trainCount: count,
  testCount: count,
});

export const epochSchema = z.strictObject({
  epoch: count,
  trainLoss: z.number(),
  trainAccuracy: share,
  testAccuracy: share.optional(),
});

/** What a search or a training cost: steps of weights, networks trained from fresh weights, seconds. */
export const costSchema = spentSchema.extend({ gpuSeconds: seconds });

/** One network trained on one task with one seed. Accuracies are shares in [0, 1]. */
export const trainingSchema = z.strictObject({
  task: taskId,
  seed: z.int(),
  network: z.string().min(1),
  parameters: count,
  /** Those of the last layer, and training steps; not in older results. */
  headParameters: count.optional(),
  steps: count.optional(),
  curve: z.array(epochSchema),
  testAccuracy: share,
  gpuSeconds: seconds,
});

const matrix = z.array(z.array(z.number()));

/** The nearest other source task of one target task. */
export const closestSchema = z.strictObject({
  task: taskId,
  closest: taskId,
  distance: z.number(),
  /** How many seeds by themselves say the same; not in older results, nor of one matrix. */
  agree: z.strictObject({ seeds: count, of: z.int().min(2) }).optional(),
});

/** Distances of one kind over seeds, [source, target], in the order of `distance.tasks`. */
export const distanceSummarySchema = z.strictObject({
  mean: matrix,
  sd: matrix,
  /** A matrix a seed; not in older results, nor where there is one in all. */
  perSeed: z.array(matrix).optional(),
  closest: z.array(closestSchema),
});

/** Matrices of single seeds by their places. */
const seedMatrices = (at: string, matrices: readonly number[][][] = []): Record<string, number[][]> =>
  Object.fromEntries(matrices.map((matrix, i) => [`${at}.${i}`, matrix]));

const nulls = z.array(spreadSchema.nullable());

/**
 * Null distances, one a task: of its network from networks that learnt the same task from other first weights. Null
 * where there is one seed.
 */
export const nullsSchema = z.strictObject({ logdet: nulls, frechet: nulls });

/** What results and distance.json say alike. */
export const distanceFields = {
  network: z.string().min(1),
  estimator: z.string().min(1),
  /** How the heads of two Fishers were put side by side; older results had them padded. */
  head: z.string().min(1).default('padded'),
  /** What the Fisher information was taken on; in older results test images. */
  images: z.enum(FISHER_IMAGES).default('test'),
  /** Whether each task's Fishers were averaged over the seeds before they were compared. */
  averaged: z.boolean().default(false),
  /** Whether the Fréchet distances are squares, as the public program prints them; left out: they are not. */
  squaredFrechet: z.boolean().optional(),
  /** Of the log-det distance. */
  epsilon: z.number().positive(),
  /** Share of the Fishers' entries below ε; not in older results. */
  below: share.optional(),
  logdet: distanceSummarySchema,
  frechet: distanceSummarySchema,
  /** Not in older results. */
  nulls: nullsSchema.optional(),
  /** The log-det distances again with other ε, from large to small; older results have none. */
  overEpsilon: z
    .array(z.strictObject({ epsilon: z.number().positive(), logdet: distanceSummarySchema, nulls }))
    .default([]),
  /** The paper's log-det means; null unless every task is one of the eight. */
  published: matrix.nullable(),
};

/** All distances of a run. */
export const distanceSchema = z
  .strictObject({ ...distanceFields, seeds: z.array(z.int()).min(1), tasks: z.array(taskId).min(1) })
  .superRefine(({ tasks, logdet, frechet, nulls, overEpsilon, published }, context) => {
    const side = tasks.length;
    const complain = (name: string, expected: string, given: string) =>
      context.addIssue({
        code: 'custom',
        path: name.split('.'),
        message: `${expected} for ${side} tasks, not ${given}`,
      });
    const other = overEpsilon.map(({ logdet, nulls }, i) => ({ at: `overEpsilon.${i}`, logdet, nulls }));
    const matrices = {
      'logdet.mean': logdet.mean,
      'logdet.sd': logdet.sd,
      'frechet.mean': frechet.mean,
      'frechet.sd': frechet.sd,
      published: published ?? logdet.mean,
      ...seedMatrices('logdet.perSeed', logdet.perSeed),
      ...seedMatrices('frechet.perSeed', frechet.perSeed),
      ...Object.fromEntries(other.map(({ at, logdet }) => [`${at}.logdet.mean`, logdet.mean])),
    };
    for (const [name, rows] of Object.entries(matrices)) {
      if (rows.length === side && rows.every((row) => row.length === side)) continue;
      const given = `${rows.length} rows of ${[...new Set(rows.map((row) => row.length))].join(' or ')}`;
      complain(name, `${side} × ${side} numbers`, given);
    }
    // One for each task, in their order.
    const lists = {
      ...(nulls && { 'nulls.logdet': nulls.logdet, 'nulls.frechet': nulls.frechet }),
      ...Object.fromEntries(other.map(({ at, nulls }) => [`${at}.nulls`, nulls])),
      ...Object.fromEntries(other.map(({ at, logdet }) => [`${at}.logdet.closest`, logdet.closest])),
    };
    for (const [name, list] of Object.entries(lists)) {
      if (list.length !== side) complain(name, String(side), String(list.length));
    }
  });

/** A cell trained from scratch on the final budget. What is optional is not in older results. */
const trainedCellShape = {
  /** A share in [0, 1]. */
  testError: share,
  parameters: count,
  /** Those of the linear head; all others are the cells'. */
  headParameters: count.optional(),
};

/** One search with its winner, trained from scratch. The seconds are of both. */
export const searchSchema = z.strictObject({
  method: z.enum(SEARCH_LABELS),
  target: taskId,
  ...trainedCellShape,
  cost: z.strictObject({ search: costSchema, training: costSchema }).optional(),
  space: z.array(z.string().min(1)).min(1),
  rounds: z.array(roundSchema).min(1).readonly(),
  winner: genotypeSchema,
  gpuSeconds: seconds,
  wallSeconds: seconds,
  /**
   * Whether the final test was the first use of the data set's test images by which anything could be chosen. It is
   * false as soon as the run chose by them, as the closest task by distances on test images, whether this search went by
   * that or not. Accuracies that are only reported do not count; `testImagesSeen` names them, too. In older results it
   * is always true, and nobody had looked: `testImagesSeen` is missing there.
   */
  evaluatedTestOnce: z.boolean(),
  /** What test images of the target's data set were read for before the final test. */
  testImagesSeen: z.array(z.string().min(1)).optional(),
});

/** How a cell comes into the table without a search. */
export const UNSEARCHED_RULES = ['drawn', 'most convolutions', 'fewest parameters'] as const;

/** A cell that nobody searched, trained as the winners are: drawn as random search draws, or chosen of these draws by what it is made of. */
export const unsearchedSchema = z.strictObject({
  rule: z.enum(UNSEARCHED_RULES),
  genotype: genotypeSchema,
  ...trainedCellShape,
  training: costSchema,
});

/** A figure from a paper, never measured here. */
export const publishedRowSchema = z.strictObject({
  architecture: z.string().min(1),
  testErrorPercent: z.number().min(0).max(100),
  parametersM: z.number().nonnegative().nullable(),
  gpuDays: z.number().nonnegative().nullable(),
  source: z.string().min(1),
});

/** One line of the comparison. Its three figures are null when it was not run. Parameters in millions. */
export const tableRowSchema = z.strictObject({
  architecture: z.string().min(1),
  /** Not in older results. */
  kind: z.enum(['search', 'no search', 'hand-made']).optional(),
  testErrorPercent: z.number().min(0).max(100).nullable(),
  /** Where the row is a mean over several networks: the sample standard deviation of their errors. */
  errorSd: z.number().nonnegative().optional(),
  /** Where it is a mean over seeds: how many. */
  seeds: z.int().min(2).optional(),
  parametersM: z.number().nonnegative().nullable(),
  /** How many of them are the head's; not in older results. */
  headM: z.number().nonnegative().optional(),
  /** Of the search, null where there was none, and of the final training; not in older results. */
  cost: z.strictObject({ search: costSchema.nullable(), training: costSchema }).optional(),
  /** Search and training together. */
  gpuSeconds: seconds.nullable(),
  note: z.string().optional(),
  /** In older results only; `compareWithPublished` sets ours beside the published figures. */
  published: publishedRowSchema.optional(),
});

/** Everything `results.json` says; times in seconds. A part that was not run is empty or null. */
export const resultsSchema = z
  .strictObject({
    taskgrad: z.string().min(1),
    preset: z.string().min(1),
    /** Not in older results. */
    protocol: z.enum(PROTOCOL_NAMES).optional(),
    seed: z.int(),
    startedAt: z.iso.datetime({ offset: true }),
    wallSeconds: seconds,
    adapter: adapterSchema,
    versions: z.record(z.string(), z.string()),
    cutDown: z.array(z.string()),
    tasks: z.array(taskSchema).min(1),
    training: z.array(trainingSchema),
    distance: distanceSchema.nullable(),
    search: z.array(searchSchema),
    /** Not in older results. */
    unsearched: z.array(unsearchedSchema).optional(),
    /** Task that `table` is about; not in older results. */
    target: taskId.optional(),
    table: z.array(tableRowSchema),
  })
  .superRefine(({ tasks, training, distance, search }, context) => {
    const known = new Set(tasks.map(({ id }) => id));
    const check = (id: string, path: (string | number)[]) => {
      if (known.has(id)) return;
      context.addIssue({ code: 'custom', path, message: `a task listed under tasks, not '${id}'` });
    };
    for (const [index, run] of training.entries()) check(run.task, ['training', index, 'task']);
    for (const [index, { method, target }] of search.entries()) {
      check(target, ['search', index, 'target']);
      // Pictures are named by method and target.
      const twice = search.findIndex((other) => other.method === method && other.target === target) < index;
      const message = `each method once for a target, not ${method} again`;
      if (twice) context.addIssue({ code: 'custom', path: ['search', index], message });
    }
    for (const [index, id] of (distance?.tasks ?? []).entries()) check(id, ['distance', 'tasks', index]);
    for (const kind of DISTANCE_KINDS) {
      for (const [index, row] of (distance?.[kind].closest ?? []).entries()) {
        check(row.task, ['distance', kind, 'closest', index, 'task']);
        check(row.closest, ['distance', kind, 'closest', index, 'closest']);
      }
    }
  });

export type Adapter = z.infer<typeof adapterSchema>;
export type Task = z.infer<typeof taskSchema>;
export type Training = z.infer<typeof trainingSchema>;
export type DistanceSummary = z.infer<typeof distanceSummarySchema>;
export type Distance = z.infer<typeof distanceSchema>;
export type Cost = z.infer<typeof costSchema>;
export type Search = z.infer<typeof searchSchema>;
export type Unsearched = z.infer<typeof unsearchedSchema>;
export type PublishedRow = z.infer<typeof publishedRowSchema>;
export type TableRow = z.infer<typeof tableRowSchema>;
export type Results = z.infer<typeof resultsSchema>;

/** Results of another shape than the schema's; `problems` names each wrong field. */
export class ResultsError extends TaskgradError {
  constructor(readonly problems: readonly string[]) {
    const shown = problems.slice(0, 3).join('; ');
    const more = problems.length > 3 ? `; and ${problems.length - 3} more` : '';
    super('RESULTS_INVALID', `the results do not fit the form of results.json: ${shown}${more}`);
  }
}

/** Checks plain data against the schema. Throws ResultsError, naming the first wrong fields. */
export function parseResults(data: unknown): Results {
  const parsed = resultsSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new ResultsError(
    parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`),
  );
}
