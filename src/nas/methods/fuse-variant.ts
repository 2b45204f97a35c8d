import type { SearchRules } from '../search-rules';
import { fuseFrom } from './fuse';
import { type FuseState, shapeOf } from './fuse-state';
import { defineSearchMethod, type SearchMethod } from './method';

type VariantState<Name extends string> = Omit<FuseState, 'method'> & { readonly method: Name };

/** FUSE by rules that are not the paper's, as a search method of its own. */
export const fuseVariant = <const Name extends string, const Title extends string>(
  name: Name,
  title: Title,
  rules: Pick<SearchRules, 'survivor' | 'weightLoss'>,
): SearchMethod<Name, Title, false> =>
  defineSearchMethod<Name, Title, false, VariantState<Name>>({
    name,
    title,
    namesSpace: false,
    stateSchema: (parts) => parts.searchState(name, shapeOf(parts)),
    run: (gpu, data, { save, resume, ...options }) =>
      fuseFrom(gpu, data, {
        ...options,
        ...rules,
        save: async (state, tensors) => save?.({ ...state, method: name }, tensors),
        resume: resume && { ...resume, state: { ...resume.state, method: 'fuse' } },
      }),
  });
