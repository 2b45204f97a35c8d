import type { Difference } from './record';
import { SEARCH_DIFFERENCES } from './search';
import { TABLE_DIFFERENCES } from './tables';
import { TASK_DIFFERENCES } from './tasks';

export interface FidelityPart {
  readonly title: string;
  readonly differences: readonly Difference[];
}

/** All that is known to differ from arXiv 2103.00241, 2103.12827, 2010.13962 and their public programs. */
export const FIDELITY: readonly FidelityPart[] = [
  { title: 'Tasks, networks and distances', differences: TASK_DIFFERENCES },
  { title: 'Search and last training', differences: SEARCH_DIFFERENCES },
  { title: 'What the papers have beside it', differences: TABLE_DIFFERENCES },
];

export const DIFFERENCES: readonly Difference[] = FIDELITY.flatMap(({ differences }) => differences);

/** What the protocol `original` refuses to follow. */
export const refused: readonly Difference[] = DIFFERENCES.filter((difference) => difference.refused);

/** The public programs, as `source` names them. */
export const PROGRAMS = [
  {
    name: 'log-det-distance-NAS',
    paper: 'arXiv 2103.00241',
    address: 'https://github.com/lephuoccat/log-det-distance-NAS',
    commit: '20cec6c',
  },
  {
    name: 'Fisher-Information-NAS',
    paper: 'arXiv 2103.12827',
    address: 'https://github.com/lephuoccat/Fisher-Information-NAS',
    commit: 'ca54b9f',
  },
  {
    name: 'Task-Aware-NAS',
    paper: 'arXiv 2010.13962',
    address: 'https://github.com/lephuoccat/Task-Aware-NAS',
    commit: '47baecc',
  },
] as const;
