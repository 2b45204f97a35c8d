import { TABLE_FORMAT, type TableData } from '../../../src/nas/table/data';

/** All cells of some operations, as texts. */
export function allCells(nodes: 3 | 4, operations: readonly string[]): string[] {
  const edges = nodes === 3 ? 3 : 6;
  return Array.from({ length: operations.length ** edges }, (_, code) => {
    const at = (edge: number) => operations[Math.floor(code / operations.length ** edge) % operations.length];
    const three = `|${at(0)}~0|+|${at(1)}~0|${at(2)}~1|`;
    return nodes === 3 ? three : `${three}+|${at(3)}~0|${at(4)}~1|${at(5)}~2|`;
  });
}

/** A table of all cells of some operations with figures that follow from the cells. */
export function madeTable(
  nodes: 3 | 4,
  operations: readonly string[],
  accuracy: (cell: string) => number,
): TableData {
  const cells = allCells(nodes, operations);
  return {
    format: TABLE_FORMAT,
    name: 'made',
    source: 'made for a test',
    space: { name: 'mine', operations, nodes, joins: 'sums' },
    cells,
    columns: [{ task: 'a', split: 'test', accuracy: [cells.map(accuracy)] }],
  };
}
