import * as z from 'zod';
import { TaskgradError } from '../../runtime/errors';
import type { Random } from '../tensor/random';
import { OPERATION_NAMES, type OperationName } from './operations';

/** Edges of a cell by its number of nodes: edge 'ij' carries node i's output to node j. */
const EDGES = {
  3: ['01', '02', '12'],
  4: ['01', '02', '03', '12', '13', '23'],
} as const;

export type Nodes = keyof typeof EDGES;

/** A cell as plain data: an operation on every edge. */
export interface Genotype {
  readonly nodes: Nodes;
  /** Channels of the input and of every node but the last, which concatenates. */
  readonly channels: number;
  readonly edges: Record<string, OperationName>;
  /** See `hashGenotype`. */
  readonly hash: string;
}

/** Data that is no genotype. */
export class GenotypeError extends TaskgradError {
  constructor(message: string) {
    super('GENOTYPE', message);
  }
}

/** Names of a cell's edges, in order. */
export function cellEdges(nodes: Nodes): readonly string[] {
  return EDGES[nodes];
}

/** Plain data, as from a JSON file, checked: every edge, only known operations, and the hash that belongs to them. */
export const genotypeSchema = z
  .strictObject({
    nodes: z.union([z.literal(3), z.literal(4)], { error: 'expected 3 or 4' }),
    channels: z.int().positive(),
    edges: z.record(z.string(), z.string()),
    hash: z.string(),
  })
  .transform(({ nodes, channels, edges, hash }, context): Genotype => {
    const refuse = (path: string[], message: string): never => {
      context.addIssue({ code: 'custom', path, message });
      return z.NEVER;
    };
    const expected: readonly string[] = EDGES[nodes];
    const extra = Object.keys(edges).find((edge) => !expected.includes(edge));
    if (extra) return refuse(['edges', extra], `expected only ${expected.join(' ')}`);
    const known: Record<string, OperationName> = {};
    for (const edge of expected) {
      if (!Object.hasOwn(edges, edge)) return refuse(['edges', edge], 'expected an operation, found none');
      const name = edges[edge];
      if (!isOperation(name)) {
        const all = OPERATION_NAMES.join(', ');
        return refuse(['edges', edge], `unknown operation '${name}'; known are ${all}`);
      }
      known[edge] = name;
    }
    const genotype = makeGenotype(nodes, channels, known);
    if (genotype.hash !== hash)
      return refuse(['hash'], `expected ${genotype.hash} for these edges, found ${hash}`);
    return genotype;
  });

/** Checks plain data. @throws GenotypeError that names the first wrong field */
export function parseGenotype(data: unknown): Genotype {
  const parsed = genotypeSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  throw new GenotypeError(
    `genotype, ${path.length > 0 ? `field ${path.join('.')}` : 'the whole'}: ${message}`,
  );
}

/** A genotype with its hash; `edges` has one operation for each edge of the cell. */
export function makeGenotype(
  nodes: Nodes,
  channels: number,
  edges: Readonly<Record<string, OperationName>>,
): Genotype {
  const ordered = Object.fromEntries(EDGES[nodes].map((edge) => [edge, edges[edge]]));
  return { nodes, channels, edges: ordered, hash: hashGenotype({ nodes, channels, edges: ordered }) };
}

/** A genotype with each edge's operation drawn uniformly. */
export function drawGenotype(
  operations: readonly OperationName[],
  random: Random,
  nodes: Nodes,
  channels: number,
): Genotype {
  const draws = EDGES[nodes].map((edge) => [edge, operations[random.int(operations.length)]]);
  return makeGenotype(nodes, channels, Object.fromEntries(draws));
}

/**
 * 16 hexadecimal digits that tell genotypes apart, the same on every machine and in every version: FNV-1a of 64 bits
 * (Fowler, Noll, Vo) over the text 'nodes/channels/edge=operation/...', edges in order, one byte a letter.
 */
export function hashGenotype({ nodes, channels, edges }: Omit<Genotype, 'hash'>): string {
  const text = [nodes, channels, ...EDGES[nodes].map((edge) => `${edge}=${edges[edge]}`)].join('/');
  let hash = 0xcbf29ce484222325n;
  for (const letter of text) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(letter.charCodeAt(0))) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}

/**
 * Edges on a way from the input to the output that no 'none' blocks. The others carry nothing, whatever their
 * operation: a cell need neither compute nor train them.
 */
export function liveEdges({ nodes, edges }: Omit<Genotype, 'hash'>): string[] {
  const open = EDGES[nodes].filter((edge) => edges[edge] !== 'none');
  const fed = new Set(['0']);
  for (const [from, to] of open) if (fed.has(from)) fed.add(to);
  const used = new Set([String(nodes - 1)]);
  for (const [from, to] of open.toReversed()) if (used.has(to)) used.add(from);
  return open.filter(([from, to]) => fed.has(from) && used.has(to));
}

function isOperation(name: string): name is OperationName {
  return (OPERATION_NAMES as readonly string[]).includes(name);
}
