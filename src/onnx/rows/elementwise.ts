import type { Graph, Value } from '../graph';
import { elementNumber } from '../model';
import { type Row, row, same } from '../row';

/** Operands of an op that takes numbers in the place of tensors. */
const operands = (
  graph: Graph,
  inputs: readonly (Value | undefined)[],
  numbers: readonly (number | undefined)[],
) => inputs.map((input, i) => input ?? graph.float(numbers[i] ?? 0));

/** A function of two operands, each a tensor or a number. */
const binary = (op: string): Row =>
  row<{ readonly a?: number; readonly b?: number }, readonly (Value | undefined)[]>(
    (graph, { inputs, attrs: { a, b } }) => graph.node(op, operands(graph, inputs, [a, b])),
  );

const clamp = row<{ readonly low: number; readonly high: number }>((graph, { inputs: [x], attrs }) => {
  const bounds = [attrs.low, attrs.high].map((bound) =>
    Number.isFinite(bound) ? graph.float(bound) : undefined,
  );
  return graph.node('Clip', [x, ...bounds]);
});

/** x · (1 + erf(x / √2)) / 2. */
const gelu = row((graph, { inputs: [x] }) => {
  const erf = graph.node('Erf', [graph.node('Mul', [x, graph.float(Math.SQRT1_2)])]);
  const share = graph.node('Mul', [graph.node('Add', [erf, graph.float(1)]), graph.float(0.5)]);
  return graph.node('Mul', [x, share]);
});

const where = row((graph, { inputs: [condition, a, b] }) =>
  graph.node('Where', [graph.node('Cast', [condition], { to: elementNumber('bool') }), a, b]),
);

export const elementwise: Readonly<Record<string, Row>> = {
  abs: same('Abs'),
  add: binary('Add'),
  clamp,
  div: binary('Div'),
  exp: same('Exp'),
  gelu,
  log: same('Log'),
  maximum: binary('Max'),
  mul: binary('Mul'),
  neg: same('Neg'),
  pow: binary('Pow'),
  relu: same('Relu'),
  sigmoid: same('Sigmoid'),
  sqrt: same('Sqrt'),
  sub: binary('Sub'),
  tanh: same('Tanh'),
  where,
};
