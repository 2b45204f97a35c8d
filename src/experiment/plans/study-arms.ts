import { SEARCH_METHOD_NAMES, type SearchMethodName, searchMethod } from '../../nas/methods/table';
import type { SpaceName } from '../../nas/space';
import type { UNSEARCHED_RULES } from '../../report/results';

/** Ways to come by a cell without a search: a rule for the cells that random search draws. */
export const UNSEARCHED_WAYS = {
  none: { rule: 'drawn', title: 'no search' },
  'most-convolutions': { rule: 'most convolutions', title: 'most convolutions' },
  'fewest-parameters': { rule: 'fewest parameters', title: 'fewest parameters' },
} as const satisfies Record<string, { rule: (typeof UNSEARCHED_RULES)[number]; title: string }>;
export type UnsearchedWay = keyof typeof UNSEARCHED_WAYS;

/** What a study compares: a search method, or a way to do without. */
export type StudyMethod = SearchMethodName | UnsearchedWay;
export const STUDY_METHODS: readonly StudyMethod[] = [
  ...SEARCH_METHOD_NAMES,
  ...(Object.keys(UNSEARCHED_WAYS) as UnsearchedWay[]),
];

/** A method, and the space that it looks for cells in. */
export interface StudyArm {
  readonly method: StudyMethod;
  readonly space: SpaceName;
}

export const isUnsearched = (method: StudyMethod): method is UnsearchedWay => method in UNSEARCHED_WAYS;

/** As a study's tables call it. */
export const titleOf = (method: StudyMethod): string =>
  isUnsearched(method) ? UNSEARCHED_WAYS[method].title : searchMethod(method).title;

/**
 * Every method in every space, each once. One that names its space behind a colon, as in 'fuse:task-aware', is tried in that
 * one alone. What is not searched is drawn from the standard space.
 */
export function armsOf(
  methods: readonly { readonly method: StudyMethod; readonly space?: SpaceName }[],
  spaces: readonly SpaceName[],
): StudyArm[] {
  const all = methods.flatMap(({ method, space }): StudyArm[] => {
    if (isUnsearched(method)) return [{ method, space: 'standard' }];
    return (space ? [space] : spaces).map((space) => ({ method, space }));
  });
  return [...new Map(all.map((arm) => [`${arm.method}:${arm.space}`, arm])).values()];
}

/** Whether an arm needs the distances between tasks. */
export const needsDistances = ({ space }: StudyArm): boolean => space !== 'standard';
