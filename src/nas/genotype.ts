import { TaskgradError } from '../../runtime/errors';
import {
  aCount,
  aList,
  anObject,
  checkAll,
  checkArgument,
  kind,
  optional,
  options,
  shown,
} from '../tensor/guard';
import { Random } from '../tensor/random';
import { cellEdges, type Nodes } from './edges';
import { effectOf, isOperation, type OperationName, unknownOperation } from './operations/defined';

/** An operation for each edge. */
export type EdgeOperations = Readonly<Record<string, OperationName>>;

/**
 * A cell as plain data: an operation on every edge. In a stack of cells (see `Backbone`) those that halve the image
 * take `reduction` instead. Where there is none, they take `edges` too.
 */
export interface Genotype {
  /** Nodes of each cell. */
  readonly nodes: Nodes;
  /**
   * Channels of the input and of every node but the last, which concatenates. In a stack, those of the first cells.
   */
  readonly channels: number;
  /** Operations of the normal cell. */
  readonly edges: EdgeOperations;
  /** Operations of the reduction cell; none where there is no stack. */
  readonly reduction?: EdgeOperations;
  /** See `hashGenotype`. */
  readonly hash: string;
}

/** Data that is no genotype. */
export class GenotypeError extends TaskgradError {
  constructor(message: string) {
    super('GENOTYPE', message);
  }
}

/** A genotype's operations alone. */
export type Cells = Pick<Genotype, 'edges' | 'reduction'>;

/** Why data are no genotype, and where. */
interface Problem {
  readonly path: readonly string[];
  readonly message: string;
}

function edgeTooMany(nodes: Nodes, cells: Cells): Problem | undefined {
  const expected = cellEdges(nodes);
  for (const [field, edges] of fieldsOf(cells)) {
    const extra = Object.keys(edges).find((edge) => !expected.includes(edge));
    if (extra) return { path: [field, extra], message: `expected only ${expected.join(' ')}` };
  }
  return undefined;
}

/** The first edge that is missing or of an unknown operation, if there is one. */
function wrongEdge(nodes: Nodes, cells: Cells): Problem | undefined {
  for (const [field, edges] of fieldsOf(cells)) {
    for (const edge of cellEdges(nodes)) {
      const path = [field, edge];
      if (!Object.hasOwn(edges, edge)) return { path, message: 'expected an operation, found none' };
      if (!isOperation(edges[edge])) return { path, message: unknownOperation(edges[edge]) };
    }
  }
  return undefined;
}

const fieldsOf = ({ edges, reduction }: Cells): [field: string, edges: EdgeOperations][] => [
  ['edges', edges],
  ...(reduction ? [['reduction', reduction] satisfies [string, EdgeOperations]] : []),
];

/**
 * Checks plain data, as from a JSON file.
 * @throws GenotypeError that names the first wrong field
 * @example
 * ```ts
 * const cell = nas.makeGenotype(3, 4, { '01': 'none', '02': 'sep_conv_3x3', '12': 'none' });
 * nas.parseGenotype(JSON.parse(JSON.stringify(cell))).hash === cell.hash; // → true
 * ```
 */
export function parseGenotype(data: unknown): Genotype {
  const read = readGenotype(data);
  if ('message' in read) throw wrongGenotype(read);
  return read;
}

/** A genotype out of plain data: every edge, only known operations, and the hash that belongs to them. */
export function readGenotype(data: unknown): Genotype | Problem {
  const wrong = wrongField(data);
  if (wrong) return wrong;
  const { nodes, channels, edges, reduction, hash } = data as Genotype;
  const wrongCell = edgeTooMany(nodes, { edges, reduction }) ?? wrongEdge(nodes, { edges, reduction });
  if (wrongCell) return wrongCell;
  const genotype = makeGenotype(nodes, channels, edges, reduction);
  if (genotype.hash === hash) return genotype;
  return { path: ['hash'], message: `expected ${genotype.hash} for these edges, found ${hash}` };
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCell = (value: unknown): boolean => isObject(value) && Object.values(value).every(isText);

/** What each field of a genotype may be, and how that is said. */
const FIELDS: Readonly<Record<keyof Genotype, readonly [what: string, isFit: (value: unknown) => boolean]>> =
  {
    nodes: ['3 or 4', (value) => value === 3 || value === 4],
    channels: ['a whole number above 0', (value) => Number.isSafeInteger(value) && Number(value) > 0],
    edges: ['an operation for each edge', isCell],
    reduction: ['an operation for each edge, or nothing', (value) => value === undefined || isCell(value)],
    hash: ['a text', isText],
  };

function wrongField(data: unknown): Problem | undefined {
  if (!isObject(data)) return { path: [], message: `expected an object, found ${shown(data)}` };
  const unknown = Object.keys(data).find((name) => !Object.hasOwn(FIELDS, name));
  if (unknown) return { path: [unknown], message: `expected only ${Object.keys(FIELDS).join(', ')}` };
  const given = new Map<string, unknown>(Object.entries(data));
  for (const [name, [what, isFit]] of Object.entries(FIELDS)) {
    const value = given.get(name);
    if (!isFit(value))
      return {
        path: [name],
        message: `expected ${what}, ${given.has(name) ? `found ${shown(value)}` : 'but it is missing'}`,
      };
  }
  return undefined;
}

const wrongGenotype = ({ path, message }: Problem) =>
  new GenotypeError(`genotype, ${path.length > 0 ? `field ${path.join('.')}` : 'the whole'}: ${message}`);

/**
 * A genotype with its hash. `edges` has one operation for each edge of the cell, `reduction` likewise for cells that
 * halve the image. A `reduction` equal to `edges` is left out, so that one network has one genotype.
 * @throws GenotypeError on an edge without an operation, or with an unknown one
 * @example
 * ```ts
 * const cell = nas.makeGenotype(3, 4, { '01': 'sep_conv_3x3', '02': 'skip_connect', '12': 'max_pool_3x3' });
 * cell.hash.length; // → 16
 * ```
 */
export function makeGenotype(
  nodes: Nodes,
  channels: number,
  edges: EdgeOperations,
  reduction?: EdgeOperations,
): Genotype {
  checkAll('makeGenotype', { genotype: [{ nodes, channels, edges, reduction }, aGenotype] });
  const wrong = wrongEdge(nodes, { edges, reduction });
  if (wrong) throw wrongGenotype(wrong);
  const ordered = (cell: EdgeOperations) =>
    Object.fromEntries(cellEdges(nodes).map((edge) => [edge, cell[edge]]));
  const own = reduction && cellEdges(nodes).some((edge) => reduction[edge] !== edges[edge]);
  const cells: Cells = { edges: ordered(edges), ...(own && { reduction: ordered(reduction) }) };
  return { nodes, channels, ...cells, hash: hashGenotype({ nodes, channels, ...cells }) };
}

/**
 * A genotype with each edge's operation drawn uniformly. `withReduction` draws those of the reduction cells too.
 * @example
 * ```ts
 * const cell = nas.drawGenotype(nas.OPERATION_NAMES, new Random(0), 4, 16);
 * Object.keys(cell.edges).sort(); // → ['01', '02', '03', '12', '13', '23']
 * ```
 */
export function drawGenotype(
  operations: readonly OperationName[],
  random: Random,
  nodes: Nodes,
  channels: number,
  withReduction = false,
): Genotype {
  checkAll('drawGenotype', {
    operations: [operations, aList],
    random: [random, aRandom],
    genotype: [{ nodes, channels, edges: {} }, aGenotype],
  });
  const draw = () =>
    Object.fromEntries(cellEdges(nodes).map((edge) => [edge, operations[random.int(operations.length)]]));
  const edges = draw();
  return makeGenotype(nodes, channels, edges, withReduction ? draw() : undefined);
}

/**
 * 16 hexadecimal digits that tell genotypes apart, the same on every machine and in every version. They are FNV-1a of
 * 64 bits (Fowler, Noll, Vo) over the text 'nodes/channels/edge=operation/...', edges in order, one byte a letter.
 * Where there is a reduction cell, '/reduction/edge=operation/...' follows.
 * @example
 * ```ts
 * const edges = { '01': 'sep_conv_3x3', '02': 'skip_connect', '12': 'max_pool_3x3' } as const;
 * nas.hashGenotype({ nodes: 3, channels: 4, edges }) === nas.makeGenotype(3, 4, edges).hash; // → true
 * ```
 */
export function hashGenotype(genotype: Omit<Genotype, 'hash'>): string {
  checkArgument('hashGenotype', 'genotype', genotype, aGenotype);
  const { nodes, channels, edges, reduction } = genotype;
  const words = (cell: EdgeOperations) => cellEdges(nodes).map((edge) => `${edge}=${cell[edge]}`);
  const own = reduction ? ['reduction', ...words(reduction)] : [];
  const text = [nodes, channels, ...words(edges), ...own].join('/');
  let hash = 0xcbf29ce484222325n;
  for (const letter of text) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(letter.charCodeAt(0))) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}

/** Operations of a genotype's cells, those of a reduction cell of its own included. */
export function operationsOf({ edges, reduction = {} }: Cells): OperationName[] {
  return [...Object.values(edges), ...Object.values(reduction)];
}

/**
 * EdgeOperations on a way from the input to the output that no operation of effect 'nothing' blocks. The others carry nothing,
 * whatever their operation: a cell need neither compute nor train them.
 */
export function liveEdges({ nodes, edges }: Pick<Genotype, 'nodes' | 'edges'>): string[] {
  const open = cellEdges(nodes).filter((edge) => effectOf(edges[edge]) !== 'nothing');
  const fed = new Set(['0']);
  for (const [from, to] of open) if (fed.has(from)) fed.add(to);
  const used = new Set([String(nodes - 1)]);
  for (const [from, to] of open.toReversed()) if (used.has(to)) used.add(from);
  return open.filter(([from, to]) => fed.has(from) && used.has(to));
}

const aRandom = kind('a Random, such as new Random(seed)', (value) => value instanceof Random);

export const aGenotype = options({
  nodes: kind('3 or 4', (value) => value === 3 || value === 4),
  channels: aCount,
  edges: anObject,
  reduction: optional(anObject),
});
