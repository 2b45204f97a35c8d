import { cellEdges } from '../../nas/edges';
import type { Genotype } from '../../nas/genotype';

/** A cell that the page's address names. */
export interface CellLink {
  /** Id of the task that it was found for. */
  readonly task: string;
  /** As `cellCode` gives it; the engine reads it. */
  readonly code: string;
}

/** Longer texts are no cells. */
const MOST_LETTERS = 200;
const CODE = /^[\w.]+$/;

/** A cell in a few letters: nodes, channels, and the operation of each edge in order, with dots between them. */
export const cellCode = ({ nodes, channels, edges }: Genotype): string =>
  [nodes, channels, ...cellEdges(nodes).map((edge) => edges[edge])].join('.');

/** The part of an address after # that opens the page with a cell. */
export const cellHash = (task: string, genotype: Genotype): string =>
  `#fuse&${new URLSearchParams({ task, cell: cellCode(genotype) })}`;

/** The cell that is named in the part of an address after #; nothing where there is none. */
export function linkedCell(hash: string): CellLink | undefined {
  const [, ...rest] = hash.split('&');
  const named = new URLSearchParams(rest.join('&'));
  const [task, code] = [named.get('task') ?? '', named.get('cell')];
  if (code === null) return undefined;
  const isFit = code.length <= MOST_LETTERS && CODE.test(code) && task.length <= MOST_LETTERS;
  return { task, code: isFit ? code : '' };
}
