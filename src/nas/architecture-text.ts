import { aText, checkAll } from '../tensor/guard';
import { cellEdges, type Nodes } from './edges';
import { aGenotype, type EdgeOperations, type Genotype, GenotypeError, makeGenotype } from './genotype';

const FORM = "'|op~0|+|op~0|op~1|' for three nodes, '|op~0|+|op~0|op~1|+|op~0|op~1|op~2|' for four";
const NODE = /^\|(?:[a-z][a-z0-9_]*~\d\|)+$/;

/**
 * A cell's operations as NAS-Bench-201 writes them: a group for each node but the input, in it 'operation~node' for each
 * node that it takes. A reduction cell is not written.
 * @throws GenotypeError on a genotype with a reduction cell of its own
 * @example
 * ```ts
 * const cell = nas.makeGenotype(3, 4, { '01': 'none', '02': 'sep_conv_3x3', '12': 'skip_connect' });
 * nas.architectureText(cell); // → '|none~0|+|sep_conv_3x3~0|skip_connect~1|'
 * ```
 */
export function architectureText(
  genotype: Pick<Genotype, 'nodes' | 'channels' | 'edges' | 'reduction'>,
): string {
  checkAll('architectureText', { genotype: [genotype, aGenotype] });
  const { nodes, edges, reduction } = genotype;
  if (reduction)
    throw new GenotypeError(
      'architectureText: the genotype has a reduction cell of its own, expected one without; write the cells as JSON',
    );
  const groups = Array.from({ length: nodes - 1 }, (_, before) => {
    const taken = Array.from({ length: before + 1 }, (_, from) => `${edges[`${from}${before + 1}`]}~${from}`);
    return `|${taken.join('|')}|`;
  });
  return groups.join('+');
}

/**
 * The genotype that `architectureText` wrote, with so many channels.
 * @throws GenotypeError on another text, or an unknown operation
 * @example
 * ```ts
 * const cell = nas.parseArchitecture('|none~0|+|sep_conv_3x3~0|skip_connect~1|', 4);
 * cell.edges; // → { '01': 'none', '02': 'sep_conv_3x3', '12': 'skip_connect' }
 * ```
 */
export function parseArchitecture(text: string, channels: number): Genotype {
  checkAll('parseArchitecture', { text: [text, aText] });
  const refuse = (what: string) =>
    new GenotypeError(`parseArchitecture: '${text.slice(0, 120)}' ${what}, expected ${FORM}`);
  const groups = text.split('+');
  const nodes = groups.length + 1;
  if (nodes !== 3 && nodes !== 4) throw refuse(`has ${groups.length} groups`);
  const edges: Record<string, string> = {};
  for (const [before, group] of groups.entries()) {
    if (!NODE.test(group)) throw refuse(`has the group '${group}'`);
    for (const [place, taken] of group.slice(1, -1).split('|').entries()) {
      const [operation, from] = taken.split('~');
      if (Number(from) !== place || place > before)
        throw refuse(`takes '${taken}' in place ${place} of node ${before + 1}`);
      edges[`${from}${before + 1}`] = operation;
    }
  }
  const missing = cellEdges(nodes satisfies Nodes).find((edge) => !(edge in edges));
  if (missing) throw refuse(`lacks what node ${missing[1]} takes of node ${missing[0]}`);
  return makeGenotype(nodes, channels, edges satisfies EdgeOperations);
}
