import type { SpaceName } from '../space';
import type { SearchMethod } from './method';
import { SEARCH_METHODS } from './table';

type Row = (typeof SEARCH_METHODS)[number];
type LabelOf<Method> = Method extends { title: infer Title extends string; namesSpace: infer Names }
  ? Names extends true
    ? `${Title} ${SpaceName}`
    : Title
  : never;

/** What results and reports call a search: 'FUSE task-aware', 'DARTS'. */
export type SearchLabel = LabelOf<Row>;

/** A search that a run may make: a method, and the space that it looks for cells in. */
export interface LabelledSearch {
  readonly label: SearchLabel;
  readonly method: SearchMethod;
  readonly space: SpaceName;
}

/** As in the papers' tables. */
const PUBLISHED_SPACES: readonly SpaceName[] = ['task-aware', 'standard'];

/** Every search that has a label of its own. A method whose label names no space searches the standard one. */
export const LABELLED_SEARCHES: readonly LabelledSearch[] = [
  ...SEARCH_METHODS.flatMap((method: SearchMethod) =>
    (method.namesSpace ? PUBLISHED_SPACES : ['standard' as const]).map((space) => labelled(method, space)),
  ),
  ...SEARCH_METHODS.flatMap((method: SearchMethod) =>
    method.namesSpace ? [labelled(method, 'random-space')] : [],
  ),
];

export const SEARCH_LABELS: readonly SearchLabel[] = LABELLED_SEARCHES.map(({ label }) => label);

function labelled(method: SearchMethod, space: SpaceName): LabelledSearch {
  return { label: labelOf(method, space), method, space };
}

/** @throws RangeError on a label that no search has */
export function searchLabelled(wanted: SearchLabel): LabelledSearch {
  const found = LABELLED_SEARCHES.find(({ label }) => label === wanted);
  if (found) return found;
  throw new RangeError(`no search is called '${wanted}'; known are ${SEARCH_LABELS.join(', ')}`);
}

/** What a search by a method in a space is called. */
export function labelOf({ title, namesSpace }: SearchMethod, space: SpaceName): SearchLabel {
  return (namesSpace ? `${title} ${space}` : title) as SearchLabel;
}
