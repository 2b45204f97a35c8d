import type { Gpu } from '../../tensor/gpu';
import type { Replay } from '../replay/game';
import type { SearchOutcome } from '../round';
import type * as schemas from '../schemas';
import {
  type SavedSearch,
  type SavedState,
  type SaveSearch,
  type SearchState,
  SearchStateError,
} from '../search-state';
import type { SearchData, SearchSettings, SearchWatch } from '../settings';

/** What a search is asked with, whatever its method. */
export interface MethodOptions<State> extends SearchSettings, SearchWatch {
  /** Called whenever the search can be gone on with: at the method's own moments, and when interrupted. */
  readonly save?: SaveSearch<State>;
  /** Goes on from here instead of the beginning. */
  readonly resume?: SavedSearch<State>;
}

/** All that a search is, beside its tensors, as who reads files checks it: made by `searchState`, of the parts given. */
export type StateSchema<State> = (parts: typeof schemas) => schemas.StateSchemaOf<State>;

/** A way to search a cell. All that is known of it stands here. */
export interface MethodDefinition<
  Name extends string,
  Title extends string,
  NamesSpace extends boolean,
  State extends SearchState<Name>,
> {
  /** What `nas.search`, the command line and saved states call it. */
  readonly name: Name;
  /** What reports and results call it. */
  readonly title: Title;
  /**
   * Whether reports name the space behind the title, as in 'FUSE standard'. `taskgrad run` can then search in both
   * spaces; by other methods it searches in the standard one.
   */
  readonly namesSpace: NamesSpace;
  /** @internal */
  readonly stateSchema: StateSchema<State>;
  /** @internal The method on a table of trained cells; none where it does not train cells one by one. */
  readonly replay?: Replay;
  /** @throws SearchSpaceError, StrayLabelError, NanLossError, InterruptedError (after saving), SearchStateError */
  readonly run: (gpu: Gpu, data: SearchData, options: MethodOptions<State>) => Promise<SearchOutcome>;
}

/** A method as those see it who walk the table. */
export interface SearchMethod<
  Name extends string = string,
  Title extends string = string,
  NamesSpace extends boolean = boolean,
> extends Omit<MethodDefinition<Name, Title, NamesSpace, SearchState<Name>>, 'run'> {
  /** As `run`, but `resume` may be any saved search. @throws SearchStateError also if it is another method's */
  readonly search: (gpu: Gpu, data: SearchData, options: MethodOptions<SavedState>) => Promise<SearchOutcome>;
}

/** Makes the record of a method: one file beside this one, and one row in table.ts. */
export function defineSearchMethod<
  const Name extends string,
  const Title extends string,
  const NamesSpace extends boolean,
  State extends SearchState<Name>,
>({
  run,
  ...method
}: MethodDefinition<Name, Title, NamesSpace, State>): SearchMethod<Name, Title, NamesSpace> {
  const { name } = method;
  const isOwn = (saved: SavedSearch): saved is SavedSearch<State> => saved.state.method === name;
  return {
    ...method,
    search: async (
      gpu: Gpu,
      data: SearchData,
      { resume, ...options }: MethodOptions<SavedState>,
    ): Promise<SearchOutcome> => {
      if (resume && !isOwn(resume)) {
        throw new SearchStateError(
          `the saved state is of '${resume.state.method}', not of '${name}'; go on with the same method, or begin anew elsewhere`,
        );
      }
      return run(gpu, data, { ...options, resume });
    },
  };
}
