import { checkAll, oneOf } from '../tensor/guard';
import { cellEdges } from './edges';
import { aGenotype, type Genotype } from './genotype';
import { effectOf } from './operations/defined';

export const JOINS = ['concatenates', 'sums'] as const;
/** What a cell's last node does with what arrives at it. */
export type Join = (typeof JOINS)[number];

/** How often the cell's input, −1, and what operations give, by their numbers, stand in a sum. */
type Sum = ReadonlyMap<number, number>;

/** An operation on what a node holds. */
interface Call {
  readonly operation: string;
  readonly takes: Sum;
}

const INPUT = -1;

/**
 * A text that two cells share just if they are the same network under other names of nodes and edges: edges without
 * effect are left out, those that only pass on are drawn together, nodes and operations that nothing uses are dropped,
 * two operations without weights on the same input are one, and equal operations may change places. Where the last
 * node concatenates, its parts may change places, too: the head would learn other rows.
 * @param joins what the last node does; default 'concatenates', as in a `CellNetwork` without residual reductions
 * @example
 * ```ts
 * const key = (text: string) => nas.cellKey(nas.parseArchitecture(text, 1), 'sums');
 * key('|none~0|+|sep_conv_3x3~0|skip_connect~1|') === key('|sep_conv_3x3~0|+|none~0|skip_connect~1|'); // → true
 * ```
 */
export function cellKey(genotype: Genotype, joins: Join = 'concatenates'): string {
  checkAll('cellKey', { genotype: [genotype, aGenotype], joins: [joins, oneOf(...JOINS)] });
  const { edges, reduction } = genotype;
  const own = keyOf({ ...genotype, edges }, joins);
  return reduction ? `${own} / ${keyOf({ ...genotype, edges: reduction }, joins)}` : own;
}

function keyOf({ nodes, edges }: Pick<Genotype, 'nodes' | 'edges'>, joins: Join): string {
  const calls: Call[] = [];
  const held: Sum[] = [new Map([[INPUT, 1]])];
  const arriving = (node: number): Sum[] =>
    cellEdges(nodes)
      .filter((edge) => Number(edge[1]) === node)
      .map((edge) => passed(edges[edge], held[Number(edge[0])], calls));
  for (let node = 1; node < nodes - 1; node++) held.push(added(arriving(node)));
  const parts = arriving(nodes - 1);
  const given = joins === 'sums' ? [added(parts)] : parts;
  const used = usedBy(given, calls);
  const [first] = orders(used, calls)
    .map((order) => written(order, given, calls))
    .sort();
  return first;
}

/** What an edge brings of a node's sum. */
function passed(operation: string, from: Sum, calls: Call[]): Sum {
  const effect = effectOf(operation);
  if (effect === 'nothing' || from.size === 0) return new Map();
  if (effect === 'identity') return from;
  const same = (call: Call) =>
    call.operation === operation && sumText(call.takes, String) === sumText(from, String);
  const known = effect === 'fixed' ? calls.findIndex(same) : -1;
  if (known >= 0) return new Map([[known, 1]]);
  calls.push({ operation, takes: from });
  return new Map([[calls.length - 1, 1]]);
}

function added(sums: readonly Sum[]): Sum {
  const total = new Map<number, number>();
  for (const sum of sums) for (const [term, count] of sum) total.set(term, (total.get(term) ?? 0) + count);
  return total;
}

/** Numbers of the calls that some sums need. */
function usedBy(sums: readonly Sum[], calls: readonly Call[]): number[] {
  const used = new Set<number>();
  const visit = (sum: Sum): void => {
    for (const term of sum.keys()) {
      if (term === INPUT || used.has(term)) continue;
      used.add(term);
      visit(calls[term].takes);
    }
  };
  sums.forEach(visit);
  return [...used];
}

/** Orders of the calls that keep calls apart by what they are when written out in full: those of one kind in every order. */
function orders(used: readonly number[], calls: readonly Call[]): (readonly number[])[] {
  const inFull = (number: number): string =>
    number === INPUT ? 'x' : `${calls[number].operation}(${sumText(calls[number].takes, inFull)})`;
  const kinds = new Map<string, number[]>();
  for (const number of used) kinds.set(inFull(number), [...(kinds.get(inFull(number)) ?? []), number]);
  const sorted = [...kinds.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.reduce<(readonly number[])[]>(
    (before, [, same]) => before.flatMap((order) => permutations(same).map((next) => [...order, ...next])),
    [[]],
  );
}

function permutations(things: readonly number[]): (readonly number[])[] {
  if (things.length <= 1) return [things];
  return things.flatMap((first) =>
    permutations(things.filter((thing) => thing !== first)).map((rest) => [first, ...rest]),
  );
}

/** All calls in an order, by their places in it, then what the last node gives. */
function written(order: readonly number[], given: readonly Sum[], calls: readonly Call[]): string {
  const name = (number: number) => (number === INPUT ? 'x' : String(order.indexOf(number)));
  const lines = order.map((number) => `${calls[number].operation}(${sumText(calls[number].takes, name)})`);
  const parts = given.map((sum) => sumText(sum, name)).sort();
  return `${lines.join(' ')} → ${parts.join(' | ')}`;
}

const sumText = (sum: Sum, name: (number: number) => string): string =>
  [...sum]
    .map(([term, count]) => (count === 1 ? name(term) : `${count}${name(term)}`))
    .sort()
    .join('+');
