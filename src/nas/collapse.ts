import { operationsOf } from './genotype';

/** Operations that compute nothing. */
const IDLE = ['skip_connect', 'none'];
/** From this share on the cell is hardly a network any more. */
const COLLAPSED = 0.5;

interface Cell {
  readonly hash: string;
  readonly edges: Readonly<Record<string, string>>;
  readonly reduction?: Readonly<Record<string, string>>;
}

/** Share of a cell's edges, in [0, 1], that only pass on or carry nothing. */
export function idleShare(cell: Pick<Cell, 'edges' | 'reduction'>): number {
  const operations = operationsOf(cell);
  return operations.filter((name) => IDLE.includes(name)).length / operations.length;
}

/**
 * What is to be said of a search's winner: a sentence if half of its edges or more are `skip_connect` or `none`, the
 * known failure of gradient-based searches (Zela et al. 2020, "Understanding and robustifying differentiable
 * architecture search"); else nothing.
 */
export function collapseWarnings(cell: Cell): string[] {
  const share = idleShare(cell);
  if (share < COLLAPSED) return [];
  const edges = operationsOf(cell).length;
  const idle = Math.round(share * edges);
  return [
    `cell ${cell.hash} may have collapsed: ${idle} of its ${edges} edges are skip_connect or none; look at a repetition with another seed, or at a space without them`,
  ];
}

/** Writes the warnings of a search's winner to its log. */
export function logCollapse(
  log: ((event: Readonly<Record<string, unknown>>) => void) | undefined,
  method: string,
  winner: Cell,
): void {
  for (const warning of collapseWarnings(winner))
    log?.({ event: 'warning', method, hash: winner.hash, warning });
}
