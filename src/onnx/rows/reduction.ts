import type { Form, Graph, Operand, Value } from '../graph';
import { type Row, row } from '../row';

interface Attrs {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** A reduction; over no axes it gives what it is given, where ONNX would take all. Axes of a sum are an input in opset 17. */
export function reduced(graph: Graph, op: string, x: Operand, { axes, keepDims }: Attrs): string {
  const keepdims = Number(keepDims);
  if (op === 'ReduceSum') return graph.node(op, [x, graph.ints(axes)], { keepdims });
  return graph.node(op, [x], { axes, keepdims });
}

const reduction = (op: string): Row =>
  row<Attrs>((graph, { inputs: [x], attrs }) =>
    attrs.axes.length === 0 ? x.name : reduced(graph, op, x, attrs),
  );

const argmax = row<{ readonly axis: number | undefined; readonly keepDims: boolean }>(
  (graph, { inputs: [x], output, attrs: { axis, keepDims } }) => {
    const isFlat = axis === undefined || x.shape.length === 0;
    const along = isFlat ? graph.node('Reshape', [x, graph.ints([-1])]) : x;
    const keepdims = isFlat ? 0 : Number(keepDims);
    const found = graph.node('ArgMax', [along], { axis: isFlat ? 0 : axis, keepdims });
    const places = graph.cast(found, 'int32');
    return isFlat && output.shape.length > 0 ? graph.reshape(places, output) : places;
  },
);

/** What one number is for ops that walk an axis: a row of one. */
export function alongAxis(graph: Graph, x: Value, output: Form, emit: (x: Value | string) => string): string {
  if (x.shape.length > 0) return emit(x);
  return graph.reshape(emit(graph.node('Reshape', [x, graph.ints([1])])), output);
}

const softmax = (op: string): Row =>
  row<{ readonly axis: number }>((graph, { inputs: [x], output, attrs: { axis } }) =>
    alongAxis(graph, x, output, (row) => graph.node(op, [row], { axis })),
  );

const softmin = row<{ readonly axis: number }>((graph, { inputs: [x], output, attrs: { axis } }) =>
  alongAxis(graph, x, output, (row) => graph.node('Softmax', [graph.node('Neg', [row])], { axis })),
);

const cumsum = row<{ readonly axis: number }>((graph, { inputs: [x], output, attrs: { axis } }) =>
  alongAxis(graph, x, output, (row) => graph.node('CumSum', [row, graph.constant('int64', axis)])),
);

const truth = (op: string): Row =>
  row<Attrs>((graph, { inputs: [x], attrs }) => {
    const truths = graph.cast(graph.cast(x, 'bool'), 'float');
    return graph.cast(attrs.axes.length === 0 ? truths : reduced(graph, op, truths, attrs), 'int32');
  });

/** Σ (x − mean)² / (n − correction), in two passes as the record has it. */
function variance(
  graph: Graph,
  x: Value,
  { axes, keepDims, correction }: Attrs & { readonly correction: number },
): string {
  const terms = axes.reduce((product, axis) => product * x.shape[axis], 1);
  const away = graph.node('Sub', [x, reduced(graph, 'ReduceMean', x, { axes, keepDims: true })]);
  const sum = reduced(graph, 'ReduceSum', graph.node('Mul', [away, away]), { axes, keepDims });
  return graph.node('Mul', [sum, graph.float(1 / Math.max(0, terms - correction))]);
}
type VarianceAttrs = Attrs & { readonly correction: number };

export const reductions: Readonly<Record<string, Row>> = {
  all: truth('ReduceMin'),
  any: truth('ReduceMax'),
  argmax,
  cumsum,
  logSoftmax: softmax('LogSoftmax'),
  logSumExp: reduction('ReduceLogSumExp'),
  max: reduction('ReduceMax'),
  mean: reduction('ReduceMean'),
  min: reduction('ReduceMin'),
  prod: reduction('ReduceProd'),
  softmax: softmax('Softmax'),
  softmin,
  std: row<VarianceAttrs>((graph, { inputs: [x], attrs }) => graph.node('Sqrt', [variance(graph, x, attrs)])),
  sum: reduction('ReduceSum'),
  var: row<VarianceAttrs>((graph, { inputs: [x], attrs }) => variance(graph, x, attrs)),
};
