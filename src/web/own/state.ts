import type { MatrixCell } from '../measured';
import { joined } from './collection';
import type { Collected, OwnReport, OwnSearch, OwnTrained } from './protocol';

/** What the page shows of own pictures. */
export interface OwnState {
  readonly collected?: Collected;
  /** What the browser kept, as it was when the page was opened. */
  readonly kept?: Collected;
  readonly trained?: OwnTrained;
  readonly fisher?: Extract<OwnReport, { type: 'fisher' }>;
  readonly distances?: { readonly cells: readonly MatrixCell[]; readonly total: number };
  readonly search?: OwnSearch;
  /** In the order of the trained classes. */
  readonly probabilities?: readonly number[];
}

export const NOTHING_COLLECTED: Collected = { collection: [], seen: 'grey' };

/** What it shows after a report. A network that is trained anew takes away what was known of the one before. */
export function ownAfter(state: OwnState, report: OwnReport): OwnState {
  switch (report.type) {
    case 'collected':
      return withKept(state, report.collected);
    case 'trained': {
      const { collected, kept } = state;
      const { trained } = report;
      return trained.epochs.length === 0 ? { collected, kept, trained } : { ...state, trained };
    }
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

/** What a person has collected, apart from what stands there of a sample or of before. */
export const collectedHere = ({ collected, kept }: OwnState): OwnState =>
  collected && collected !== kept ? { collected } : {};

/** Pictures that were collected before the kept ones came stand beside them. */
function withKept(state: OwnState, kept: Collected): OwnState {
  const mine = state.collected;
  const collected = mine && { ...mine, collection: joined(kept.collection, mine.collection) };
  return { ...state, kept, collected: collected ?? kept };
}
