import * as z from 'zod';
import { TaskgradError } from '../../runtime/errors';
import type { Tensor } from '../tensor/tensor';
import { genotypeSchema } from './genotype';

const count = z.int().nonnegative();
const steps = { step: count, stats: z.array(z.number()).length(4) };
const measure = z.strictObject({ loss: z.number(), accuracy: z.number() });

/** The mixture after one stage; `alpha` are the raw logits. */
const stageSchema = z.strictObject({
  stage: count,
  alpha: z.array(z.number()),
  trainLoss: z.number(),
  validationLoss: z.number(),
});

/** One round, in the form of the report's. */
export const roundSchema = z.strictObject({
  round: count,
  candidates: z.array(genotypeSchema),
  /** Empty for a search that does not weigh its candidates by α. */
  stages: z.array(stageSchema),
  candidateValidationLoss: z.array(z.number()),
  /** Index of a candidate. */
  winner: count,
  /** Of softmax(α) at the round's end, in nats, in DARTS the mean over the edges; null for a search without α. */
  entropy: z.number().nullable(),
});

const settingsSchema = z.record(z.string(), z.unknown());

/** Where FUSE stands. `round` equals the number of rounds once it is done. */
const fuseStateSchema = z.strictObject({
  method: z.literal('fuse'),
  settings: settingsSchema,
  round: count,
  stage: count,
  phase: z.enum(['weights', 'alpha']),
  ...steps,
  optimizerSteps: z.strictObject({ weights: count, alpha: count }),
  candidates: z.array(genotypeSchema).min(1),
  /** Finished rounds, then the stages of the current one. */
  rounds: z.array(roundSchema),
  stages: z.array(stageSchema),
  /** Of the last weight phase. */
  trainLoss: z.number(),
  /** Of the last round's winner by itself. */
  validationAccuracy: z.number(),
});

/** Where one network's training stands. */
const trainingStateSchema = z.strictObject({ ...steps, optimizerSteps: count });

/** Where random search stands: the candidate after the last of `measures` is in training. */
const randomStateSchema = z.strictObject({
  method: z.literal('random'),
  settings: settingsSchema,
  candidates: z.array(genotypeSchema).min(1),
  measures: z.array(measure),
  training: trainingStateSchema.nullable(),
});

/** Where DARTS stands: the steps of the current epoch, and the end of it all. */
const dartsStateSchema = z.strictObject({
  method: z.literal('darts'),
  settings: settingsSchema,
  epoch: count,
  ...steps,
  /** Of the validation batches of the current epoch. */
  validationStats: z.array(z.number()).length(4),
  optimizerSteps: z.strictObject({ weights: count, alpha: count }),
  outcome: z.strictObject({ winner: genotypeSchema, measure, entropy: z.number() }).nullable(),
});

/** Where the retraining of a winner stands; `cursor` is that of `fit`. */
const winnerStateSchema = z.strictObject({
  method: z.literal('winner'),
  genotype: genotypeSchema,
  cursor: z.strictObject({ epoch: count, ...steps, history: z.array(measure) }),
  optimizerSteps: count,
});

/** All that a search is, beside its tensors; plain JSON. */
export const searchStateSchema = z.discriminatedUnion('method', [
  fuseStateSchema,
  randomStateSchema,
  dartsStateSchema,
  winnerStateSchema,
]);

export type Stage = z.infer<typeof stageSchema>;
export type Round = z.infer<typeof roundSchema>;
export type FuseState = z.infer<typeof fuseStateSchema>;
export type RandomState = z.infer<typeof randomStateSchema>;
export type DartsState = z.infer<typeof dartsStateSchema>;
export type TrainingState = z.infer<typeof trainingStateSchema>;
export type WinnerState = z.infer<typeof winnerStateSchema>;
export type SearchState = z.infer<typeof searchStateSchema>;

/** Tensors of a saved search by name, as read from a file. */
export type SavedTensors = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly data: ArrayLike<number> }
>;

/** A search as it was saved. */
export interface SavedSearch<State = SearchState> {
  readonly state: State;
  readonly tensors: SavedTensors;
}

/** Writes a search down. The tensors are the search's own: they have to be read before the promise resolves. */
export type SaveSearch<State = SearchState> = (
  state: State,
  tensors: ReadonlyMap<string, Tensor>,
) => Promise<void>;

/** What a search found. */
export interface SearchOutcome {
  readonly winner: ReturnType<typeof genotypeSchema.parse>;
  /** Of the winner by itself, a share in [0, 1]. */
  readonly validationAccuracy: number;
  readonly rounds: readonly Round[];
}

/** A saved search that is not the one to go on with. */
export class SearchStateError extends TaskgradError {
  constructor(message: string) {
    super('SEARCH_STATE', message);
  }
}

/** @throws SearchStateError that names the first setting that differs from those a saved search began with */
export function checkSettings(
  saved: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): void {
  for (const name of new Set([...Object.keys(now), ...Object.keys(saved)])) {
    const [was, is] = [saved, now].map((settings) => JSON.stringify(settings[name]) ?? 'nothing');
    if (was === is) continue;
    throw new SearchStateError(
      `the saved search began with ${name} ${was}, not ${is}; go on with the same settings, or begin anew elsewhere`,
    );
  }
}

/** A map with every name put under `prefix.`. */
export function withPrefix<T>(prefix: string, entries: Iterable<readonly [string, T]>): Map<string, T> {
  return new Map([...entries].map(([name, value]) => [`${prefix}.${name}`, value]));
}

/** The entries that `withPrefix` put under a prefix. */
export function underPrefix<T>(prefix: string, entries: Iterable<readonly [string, T]>): Map<string, T> {
  const start = `${prefix}.`;
  const own = [...entries].filter(([name]) => name.startsWith(start));
  return new Map(own.map(([name, value]) => [name.slice(start.length), value]));
}
