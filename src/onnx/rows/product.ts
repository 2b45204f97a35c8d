import type { Graph, Operand, Value } from '../graph';
import { elementNumber } from '../model';
import { type Row, row } from '../row';

/** What a kernel does to its result before it stores it. */
export interface Activation {
  readonly activation?: 'relu';
}

export const activated = (graph: Graph, result: string, { activation }: Activation): string =>
  activation === 'relu' ? graph.node('Relu', [result]) : result;

/** Matrices on the last two axes, turned. */
function turned(graph: Graph, x: Value): string {
  const axes = [...x.shape.keys()];
  const last = axes.length - 1;
  return graph.node('Transpose', [x], { perm: axes.with(last, last - 1).with(last - 1, last) });
}

const linear = row<Activation, readonly [x: Value, weight: Value, bias?: Value]>(
  (graph, { inputs: [x, weight, bias], attrs }) => {
    const rows = () => {
      const product = graph.node('MatMul', [x, turned(graph, weight)]);
      return bias ? graph.node('Add', [product, bias]) : product;
    };
    const result = x.shape.length === 2 ? graph.node('Gemm', [x, weight, bias], { transB: 1 }) : rows();
    return activated(graph, result, attrs);
  },
);

const matmul = row<{ readonly transposeA: boolean; readonly transposeB: boolean }>(
  (graph, { inputs: [a, b], attrs: { transposeA, transposeB } }) =>
    graph.node('MatMul', [transposeA ? turned(graph, a) : a, transposeB ? turned(graph, b) : b]),
);

/** 1 where a number is that of its place on a new last axis. */
const oneHot = row<{ readonly classes: number }>((graph, { inputs: [labels], attrs: { classes } }) => {
  const column: Operand = graph.node('Unsqueeze', [labels, graph.ints([-1])]);
  const places = graph.constant('int32', [...new Array(classes).keys()]);
  return graph.node('Cast', [graph.node('Equal', [column, places])], { to: elementNumber('float') });
});

export const products: Readonly<Record<string, Row>> = {
  embedding: row((graph, { inputs: [indices, weight] }) =>
    graph.node('Gather', [weight, indices], { axis: 0 }),
  ),
  gather: row<{ readonly axis: number }>((graph, { inputs, attrs: { axis } }) =>
    graph.node('GatherElements', inputs, { axis }),
  ),
  linear,
  matmul,
  oneHot,
};
