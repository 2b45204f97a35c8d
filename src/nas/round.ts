import * as z from 'zod';
import { genotypeSchema } from './genotype';
import type { LearntHead } from './learnt-head';

const count = z.int().nonnegative();

/** The mixture after one stage. `alpha` are the raw logits, one for each candidate of the round. */
export const stageSchema = z.strictObject({
  stage: count,
  alpha: z.array(z.number()).min(1),
  trainLoss: z.number(),
  validationLoss: z.number(),
});

/** One round of a search: the candidates, what happened to their weights, who won. */
export const roundSchema = z
  .strictObject({
    round: count,
    candidates: z.array(genotypeSchema).min(1),
    /** Empty for a search that does not weigh its candidates by α. */
    stages: z.array(stageSchema),
    /** Of each candidate by itself. */
    candidateValidationLoss: z.array(z.number()),
    /** Index of a candidate. */
    winner: count,
    /**
     * Of softmax(α) at the round's end, in nats; in DARTS the mean over the edges. Null for a search without α.
     */
    entropy: z.number().nonnegative().nullable(),
    /** Whether α preferred anybody (see `isUndecided`). Null for a search without α; not in older results. */
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

/**
 * What a search cost, on any adapter. A step is one of one network's weights: with three candidates side by side, three
 * steps. In a supernet, one step counts once, whatever it computes. Steps of α are not counted.
 */
export const spentSchema = z.strictObject({
  steps: count,
  /** Networks trained from fresh weights. */
  networks: count,
});

/** What a search found, and what that took. */
export const outcomeSchema = z.object({
  winner: genotypeSchema,
  /** Of the winner by itself, a share in [0, 1]. */
  validationAccuracy: z.number(),
  rounds: z.array(roundSchema),
  spent: spentSchema,
});

export type Stage = z.infer<typeof stageSchema>;
export type Round = z.infer<typeof roundSchema>;
/** `head`: what the winner's linear layer has learnt, where it is to keep that. */
export type SearchOutcome = Readonly<z.infer<typeof outcomeSchema>> & { readonly head?: LearntHead };
