import { architectureText } from '../architecture-text';
import { stepCost } from '../cost';
import { cellEdges, type Nodes } from '../edges';
import { type Genotype, makeGenotype } from '../genotype';
import { cellKey, type Join } from '../isomorphism';
import type { OperationName } from '../operations/defined';

/** Cells that are one network under several names. */
export interface SameCells {
  /** The one of them with least work: without operations that nothing uses. */
  readonly genotype: Genotype;
  /** Places of all of them among the cells of the space. */
  readonly places: readonly number[];
}

/** All cells of a space, and which of them are the same network. */
export interface CellSpace {
  /** As `architectureText` writes them. The last edge changes first. */
  readonly cells: readonly string[];
  /** In the order of their first cells. */
  readonly networks: readonly SameCells[];
}

/**
 * All cells of a number of nodes, and which of them differ by names only (see `cellKey`): what a table has to train.
 * @throws GenotypeError on an operation that is unknown
 */
export function cellSpace(
  operations: readonly OperationName[],
  nodes: Nodes,
  channels: number,
  joins: Join,
): CellSpace {
  const edges = cellEdges(nodes);
  const all = Array.from({ length: operations.length ** edges.length }, (_, number) => {
    const named = edges.map((edge, place) => {
      const digit = Math.floor(number / operations.length ** (edges.length - 1 - place)) % operations.length;
      return [edge, operations[digit]];
    });
    return makeGenotype(nodes, channels, Object.fromEntries(named));
  });
  const places = new Map<string, number[]>();
  for (const [place, genotype] of all.entries()) {
    const key = cellKey(genotype, joins);
    const known = places.get(key);
    if (known) known.push(place);
    else places.set(key, [place]);
  }
  const networks = [...places.values()].map((own) => {
    const costs = own.map((place) => stepCost([all[place]]));
    return { genotype: all[own[costs.indexOf(Math.min(...costs))]], places: own };
  });
  return { cells: all.map(architectureText), networks };
}
