import * as z from 'zod';
import { TaskgradError } from '../../runtime/errors';
import type { Tensor } from '../tensor/tensor';

/** What the states of searches and trainings are made of. They are plain JSON beside the tensors. */

export const count = z.int().nonnegative();

/** Loss and accuracy, a share in [0, 1]. */
export const measureSchema = z.strictObject({ loss: z.number(), accuracy: z.number() });

/** Steps made of what is under way, and what was measured in them. */
export const stepsShape = { step: count, stats: z.array(z.number()).length(4) };

/** Where `fit` stands. */
export const cursorSchema = z.strictObject({
  epoch: count,
  ...stepsShape,
  history: z.array(measureSchema),
});

/** Steps that the optimisers of weights and of α made. */
export const optimizerStepsSchema = z.strictObject({ weights: count, alpha: count });

const settingsSchema = z.record(z.string(), z.unknown());

/** What `searchState` makes. */
export type StateSchema<Method extends string = string> = z.ZodObject<{
  method: z.ZodLiteral<Method>;
  settings: typeof settingsSchema;
}>;

/** The schema of a search's state: the settings that it began with, and what the method adds. */
export const searchState = <Method extends string, Shape extends z.ZodRawShape>(
  method: Method,
  shape: Shape,
) =>
  z.strictObject({
    method: z.literal(method),
    settings: settingsSchema,
    ...shape,
  });

/** A state as a file holds it: `method` tells what it is of. */
export interface SavedState {
  readonly method: string;
}

/** Tensors of a saved search by name, as read from a file. */
export type SavedTensors = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly data: ArrayLike<number> }
>;

/** A search as it was saved. */
export interface SavedSearch<State = SavedState> {
  readonly state: State;
  readonly tensors: SavedTensors;
}

/** Writes a search down. The tensors are the search's own: they have to be read before the promise resolves. */
export type SaveSearch<State = SavedState> = (
  state: State,
  tensors: ReadonlyMap<string, Tensor>,
) => Promise<void>;

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
