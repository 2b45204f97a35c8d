import type { SearchRound } from '../protocol';

/** Colours of candidates: `--cell-1` and on. The page's searches meet seven cells at most. */
export const CELL_COLOURS = 7;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** A candidate keeps its name and its colour through all rounds. */
export interface CellName {
  /** As in 'Cell A'. */
  readonly name: string;
  /** The name of a colour in the style sheet. */
  readonly colour: string;
}

/** Names of all candidates by their hashes, in the order in which they came. */
export function cellNames(rounds: readonly Pick<SearchRound, 'candidates'>[]): ReadonlyMap<string, CellName> {
  const hashes = new Set(rounds.flatMap(({ candidates }) => candidates.map(({ hash }) => hash)));
  return new Map(
    [...hashes].map((hash, i) => [
      hash,
      { name: `Cell ${LETTERS[i] ?? i + 1}`, colour: `--cell-${(i % CELL_COLOURS) + 1}` },
    ]),
  );
}
