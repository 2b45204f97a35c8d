import type { Graph, Value } from '../graph';
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

/** One operator after the other. */
const chain = (...ops: string[]): Row =>
  row((graph, { inputs: [x] }) => ops.reduce((value, op) => graph.node(op, [value]), x.name));

const clamp = row<{ readonly low: number; readonly high: number }>((graph, { inputs: [x], attrs }) => {
  const bounds = [attrs.low, attrs.high].map((bound) =>
    Number.isFinite(bound) ? graph.float(bound) : undefined,
  );
  return graph.node('Clip', [x, ...bounds]);
});

const round = row<{ readonly decimals: number }>((graph, { inputs: [x], attrs: { decimals } }) => {
  if (decimals === 0) return graph.node('Round', [x]);
  const scale = graph.float(10 ** Math.abs(decimals));
  const [there, back] = decimals > 0 ? ['Mul', 'Div'] : ['Div', 'Mul'];
  return graph.node(back, [graph.node('Round', [graph.node(there, [x, scale])]), scale]);
});

const isTrue = (graph: Graph, condition: Value): string => graph.cast(condition, 'bool');

const where = row((graph, { inputs: [condition, a, b] }) =>
  graph.node('Where', [isTrue(graph, condition), a, b]),
);

const maskedFill = row<{ readonly value?: number }, readonly [x: Value, mask: Value, value?: Value]>(
  (graph, { inputs: [x, mask, value], attrs }) =>
    graph.node('Where', [isTrue(graph, mask), value ?? graph.float(attrs.value ?? 0), x]),
);

export const elementwise: Readonly<Record<string, Row>> = {
  abs: same('Abs'),
  add: binary('Add'),
  ceil: same('Ceil'),
  clamp,
  cos: same('Cos'),
  div: binary('Div'),
  exp: same('Exp'),
  expm1: row((graph, { inputs: [x] }) => graph.node('Sub', [graph.node('Exp', [x]), graph.float(1)])),
  floor: same('Floor'),
  log: same('Log'),
  log1p: row((graph, { inputs: [x] }) => graph.node('Log', [graph.node('Add', [x, graph.float(1)])])),
  maskedFill,
  maximum: binary('Max'),
  minimum: binary('Min'),
  mul: binary('Mul'),
  neg: same('Neg'),
  pow: binary('Pow'),
  reciprocal: same('Reciprocal'),
  round,
  rsqrt: chain('Sqrt', 'Reciprocal'),
  sign: same('Sign'),
  sin: same('Sin'),
  sqrt: same('Sqrt'),
  square: row((graph, { inputs: [x] }) => graph.node('Mul', [x, x])),
  sub: binary('Sub'),
  tan: same('Tan'),
  where,
};
