import { elementNumber } from '../model';
import { type Row, row } from '../row';

interface Attrs {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** A reduction; over no axes it gives what it is given, where ONNX would take all. */
const reduction = (op: string): Row =>
  row<Attrs>((graph, { inputs: [x], attrs: { axes, keepDims } }) =>
    axes.length === 0 ? x.name : graph.node(op, [x], { axes, keepdims: Number(keepDims) }),
  );

/** In opset 17, the only one whose axes are an input. */
const sum = row<Attrs>((graph, { inputs: [x], attrs: { axes, keepDims } }) =>
  axes.length === 0 ? x.name : graph.node('ReduceSum', [x, graph.ints(axes)], { keepdims: Number(keepDims) }),
);

const argmax = row<{ readonly axis: number | undefined; readonly keepDims: boolean }>(
  (graph, { inputs: [x], attrs: { axis, keepDims } }) => {
    const along = axis === undefined ? graph.node('Reshape', [x, graph.ints([-1])]) : x;
    const keepdims = axis === undefined ? 0 : Number(keepDims);
    const found = graph.node('ArgMax', [along], { axis: axis ?? 0, keepdims });
    return graph.node('Cast', [found], { to: elementNumber('int32') });
  },
);

const softmax = (op: string): Row =>
  row<{ readonly axis: number }>((graph, { inputs, attrs: { axis } }) => graph.node(op, inputs, { axis }));

export const reductions: Readonly<Record<string, Row>> = {
  argmax,
  logSoftmax: softmax('LogSoftmax'),
  logSumExp: reduction('ReduceLogSumExp'),
  max: reduction('ReduceMax'),
  mean: reduction('ReduceMean'),
  softmax: softmax('Softmax'),
  sum,
};
