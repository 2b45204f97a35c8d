import { TaskgradError } from '../../runtime/errors';
import type { Tensor } from '../tensor/tensor';

/** Steps made of what is under way, and what was measured in them. */
export interface Steps {
  /** Steps made. */
  readonly step: number;
  /** What was measured in them, as `training` keeps it. */
  readonly stats: readonly number[];
}

/** Steps that the optimisers of weights and of α made. */
export interface OptimizerSteps {
  /** Of the weights' optimiser. */
  readonly weights: number;
  /** Of α's optimiser. */
  readonly alpha: number;
}

/** A state as a file holds it: plain JSON beside the tensors. `method` tells what it is of. */
export interface SavedState {
  /** The method's name, or 'winner'. */
  readonly method: string;
}

/** The state of a search by a method: the settings that it began with, and what the method adds. */
export interface SearchState<Method extends string> extends SavedState {
  /** The method's name. */
  readonly method: Method;
  /** What the search began with; a resumed one has to agree. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Tensors of a saved search by name, as read from a file. */
export type SavedTensors = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly data: ArrayLike<number> }
>;

/** A search as it was saved. */
export interface SavedSearch<State = SavedState> {
  /** Where it stood. */
  readonly state: State;
  /** Its weights, α and optimisers' moments. */
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
