import type { MatrixCell } from '../measured';
import type { OwnReport, OwnSearch, OwnTrained } from './protocol';

/** What the page shows of own pictures. */
export interface OwnState {
  readonly trained?: OwnTrained;
  readonly fisher?: Extract<OwnReport, { type: 'fisher' }>;
  readonly distances?: { readonly cells: readonly MatrixCell[]; readonly total: number };
  readonly search?: OwnSearch;
  /** In the order of the trained classes. */
  readonly probabilities?: readonly number[];
}

/** What it shows after a report. A network that is trained anew takes away what was known of the one before. */
export function ownAfter(state: OwnState, report: OwnReport): OwnState {
  switch (report.type) {
    case 'trained':
      return report.trained.epochs.length === 0
        ? { trained: report.trained }
        : { ...state, trained: report.trained };
    case 'fisher':
      return { ...state, fisher: report };
    case 'distances':
      return { ...state, distances: report };
    case 'search':
      return { ...state, search: report.search };
    case 'named':
      return { ...state, probabilities: report.probabilities };
  }
}
