import type { Graph, Value } from '../graph';
import { type Row, row } from '../row';

/** An operand as the records of comparisons have it: as what it is looked at, and of a number its value or both halves. */
interface Side {
  readonly look: 'f32' | 'i32' | 'u32';
  readonly scalars: Readonly<Record<string, number>>;
}
interface Attrs {
  readonly a: Side;
  readonly b: Side;
}

const LOOKS = { f32: 'float', i32: 'int32', u32: 'uint32' } as const;

function operand(graph: Graph, name: 'a' | 'b', input: Value | undefined, { look, scalars }: Side): string {
  const element = LOOKS[look];
  if (input) return graph.cast(input, element, input.element);
  const { [name]: whole, [`${name}_high`]: high = 0, [`${name}_low`]: low = 0 } = scalars;
  return graph.constant(element, whole ?? high * 2 ** 16 + low);
}

/** i32, 1 or 0. */
const compare = (op: string, isNegated = false): Row =>
  row<Attrs, readonly (Value | undefined)[]>((graph, { inputs: [a, b], attrs }) => {
    const found = graph.node(op, [operand(graph, 'a', a, attrs.a), operand(graph, 'b', b, attrs.b)]);
    return graph.cast(isNegated ? graph.node('Not', [found]) : found, 'int32');
  });

const connect = (op: string): Row =>
  row<Attrs, readonly (Value | undefined)[]>((graph, { inputs: [a, b], attrs }) => {
    const truths = [operand(graph, 'a', a, attrs.a), operand(graph, 'b', b, attrs.b)];
    return graph.cast(
      graph.node(
        op,
        truths.map((truth) => graph.cast(truth, 'bool')),
      ),
      'int32',
    );
  });

export const comparisons: Readonly<Record<string, Row>> = {
  eq: compare('Equal'),
  ge: compare('GreaterOrEqual'),
  gt: compare('Greater'),
  isNan: row((graph, { inputs: [x] }) =>
    graph.cast(graph.node('IsNaN', [graph.cast(x, 'float', x.element)]), 'int32'),
  ),
  le: compare('LessOrEqual'),
  logicalAnd: connect('And'),
  logicalNot: row((graph, { inputs: [x] }) =>
    graph.cast(graph.node('Not', [graph.cast(x, 'bool')]), 'int32'),
  ),
  logicalOr: connect('Or'),
  lt: compare('Less'),
  ne: compare('Equal', true),
};
