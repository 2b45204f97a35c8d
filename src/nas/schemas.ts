import * as z from 'zod';
import type { Cursor } from '../training/fit-options';
import type { Measure } from '../training/stats';
import type { Dictionary, DictionaryEntry } from './dictionary';
import type { TrainingState } from './evaluate-genotype';
import { type Genotype, readGenotype } from './genotype';
import type { Round, Spent, Stage } from './round';
import type { OptimizerSteps } from './search-state';
import type { WinnerState } from './train-winner';

/**
 * What files hold of searches. Only what reads files imports this, so that programs which read none are without zod;
 * a search method's schema is handed it.
 */
export { z };

export const count = z.int().nonnegative();

/** Loss and accuracy, a share in [0, 1]. */
export const measureSchema = z.strictObject({
  loss: z.number(),
  accuracy: z.number(),
}) satisfies z.ZodType<Measure>;

/** Plain data, as from a JSON file, checked: every edge, only known operations, and the hash that belongs to them. */
export const genotypeSchema = z.unknown().transform((data, context): Genotype => {
  const read = readGenotype(data);
  if (!('message' in read)) return read;
  context.addIssue({ code: 'custom', path: [...read.path], message: read.message });
  return z.NEVER;
});

/** See `Steps`. */
export const stepsShape = { step: count, stats: z.array(z.number()).length(4) };

/** See `OptimizerSteps`. */
export const optimizerStepsSchema = z.strictObject({
  weights: count,
  alpha: count,
}) satisfies z.ZodType<OptimizerSteps>;

export const trainingStateSchema = z.strictObject({
  ...stepsShape,
  optimizerSteps: count,
}) satisfies z.ZodType<TrainingState>;

export const cursorSchema = z.strictObject({
  epoch: count,
  ...stepsShape,
  history: z.array(measureSchema),
}) satisfies z.ZodType<Cursor>;

export const winnerStateSchema = z.strictObject({
  method: z.literal('winner'),
  genotype: genotypeSchema,
  cursor: cursorSchema,
  optimizerSteps: count,
}) satisfies z.ZodType<WinnerState>;

/** A schema of states that a union tells apart by their `method`. */
export type StateSchemaOf<State> = z.ZodType<State> & z.core.$ZodTypeDiscriminable<'method'>;

/** The schema of a search's state: the settings that it began with, and what the method adds. */
export const searchState = <Method extends string, Shape extends z.ZodRawShape>(
  method: Method,
  shape: Shape,
) => z.strictObject({ method: z.literal(method), settings: z.record(z.string(), z.unknown()), ...shape });

const entrySchema = z.strictObject({
  genotype: genotypeSchema,
  validationAccuracy: z.number().min(0).max(1),
  validationLoss: z.number().optional(),
}) satisfies z.ZodType<DictionaryEntry>;

export const dictionarySchema = z.record(
  z.string().min(1),
  z.array(entrySchema),
) satisfies z.ZodType<Dictionary>;

export const stageSchema: z.ZodType<Stage> = z.strictObject({
  stage: count,
  alpha: z.array(z.number()).min(1),
  trainLoss: z.number(),
  validationLoss: z.number(),
});

export const roundSchema: z.ZodType<Round> = z
  .strictObject({
    round: count,
    candidates: z.array(genotypeSchema).min(1),
    stages: z.array(stageSchema),
    candidateValidationLoss: z.array(z.number()),
    winner: count,
    entropy: z.number().nonnegative().nullable(),
    decided: z.boolean().nullable().optional(),
  })
  .superRefine(({ candidates, stages, candidateValidationLoss, winner }, context) => {
    const size = candidates.length;
    const refuse = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const checkLength = (path: (string | number)[], { length }: readonly number[]) => {
      if (length !== size) refuse(path, `${size} numbers for ${size} candidates, not ${length}`);
    };
    if (winner >= size) refuse(['winner'], `an index below ${size}, not ${winner}`);
    for (const [index, { alpha }] of stages.entries()) checkLength(['stages', index, 'alpha'], alpha);
    checkLength(['candidateValidationLoss'], candidateValidationLoss);
  });

export const spentSchema = z.strictObject({ steps: count, networks: count }) satisfies z.ZodType<Spent>;

export const outcomeSchema = z.object({
  winner: genotypeSchema,
  validationAccuracy: z.number(),
  rounds: z.array(roundSchema).readonly(),
  spent: spentSchema,
});
