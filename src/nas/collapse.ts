import { anObject, aText, checkArgument, options } from '../tensor/guard';
import { type Cells, type Genotype, operationsOf } from './genotype';
import { effectOf, operationNames } from './operations/defined';
import type { Effect } from './operations/operation';
import { OPERATION_NAMES } from './operations/table';

/** Effects of operations that compute nothing. */
const IDLE: readonly Effect[] = ['identity', 'nothing'];
/** Operations of a program's own are named only where they occur. */
const BUILT_IN: ReadonlySet<string> = new Set(OPERATION_NAMES);
/** From this share on the cell is hardly a network any more. */
const COLLAPSED = 0.5;

const isIdle = (name: string): boolean => IDLE.includes(effectOf(name));

/** Share of a cell's edges, in [0, 1], that only pass on or carry nothing. */
export function idleShare(cell: Cells): number {
  const operations = operationsOf(cell);
  return operations.filter(isIdle).length / operations.length;
}

/**
 * A warning of a search's winner if at least half of its edges are `skip_connect` or `none`, or other operations that
 * compute nothing. Otherwise there is none. It is the known failure of gradient-based searches (Zela et al. 2020,
 * "Understanding and robustifying differentiable architecture search").
 * @example
 * ```ts
 * const idle = nas.makeGenotype(3, 4, { '01': 'none', '02': 'skip_connect', '12': 'sep_conv_3x3' });
 * nas.collapseWarnings(idle).length; // → 1
 * ```
 */
export function collapseWarnings(cell: Cells & Pick<Genotype, 'hash'>): string[] {
  checkArgument('collapseWarnings', 'cell', cell, options({ edges: anObject, hash: aText }));
  const share = idleShare(cell);
  if (share < COLLAPSED) return [];
  const edges = operationsOf(cell).length;
  const idle = Math.round(share * edges);
  const used = operationsOf(cell);
  const known = operationNames().filter((name) => BUILT_IN.has(name) || used.includes(name));
  const names = IDLE.flatMap((effect) => known.filter((name) => effectOf(name) === effect));
  return [
    `cell ${cell.hash} may have collapsed: ${idle} of its ${edges} edges are ${names.join(' or ')}; look at a repetition with another seed, or at a space without them`,
  ];
}

/** Writes the warnings of a search's winner to its log. */
export function logCollapse(
  log: ((event: Readonly<Record<string, unknown>>) => void) | undefined,
  method: string,
  winner: Genotype,
): void {
  for (const warning of collapseWarnings(winner))
    log?.({ event: 'warning', method, hash: winner.hash, warning });
}
