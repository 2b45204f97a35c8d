import { VERSION } from '../version';
import type { Winner } from './protocol';
import type { PageState } from './store';

/** Of this form are the page's studies: another number when a reader has to know of a change. */
const FORMAT = 'taskgrad.study/1';

/**
 * All that was measured in the page, as plain data for a JSON file: the run, the distances, the search and what its
 * winner was compared with. Pictures and weights are left out; they have files of their own.
 */
export function studyOf(state: PageState, made: Date) {
  const {
    adapter,
    images,
    settings,
    points,
    tests,
    answers,
    matrix,
    seeds,
    search,
    comparisons,
    linked,
    own,
  } = state;
  return {
    format: FORMAT,
    program: `taskgrad ${VERSION}`,
    made: made.toISOString(),
    adapter: adapter?.description,
    images,
    run: settings && {
      settings,
      points,
      tests,
      ...(answers && { confusion: { classes: answers.classes, images: answers.confusion } }),
    },
    distances: { oneSeed: matrix, severalSeeds: seeds },
    search: search && { ...search, winner: search.winner && withoutWeights(search.winner) },
    comparison: search ? comparisons[search.task] : undefined,
    own: { trained: own.trained, distances: own.distances, search: own.search },
    linked: linked && { ...linked, winner: linked.winner && withoutWeights(linked.winner) },
  };
}

function withoutWeights({ safetensors: _, ...winner }: Winner): Omit<Winner, 'safetensors'> {
  return winner;
}
