import type { DType } from '../../tensor/dtype';
import { ELEMENT_OF, type Value } from '../graph';
import { elementNumber } from '../model';
import { type Row, row } from '../row';

/** Stands for the end of an axis, however long it is. */
const END = 2 ** 31 - 1;

const reshape = row((graph, { inputs: [x], output }) => graph.reshape(x, output));

const slice = row<{
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  readonly count: number;
}>((graph, { inputs: [x], attrs: { axis, start, step, count } }) => {
  const reachesEnd = start + count * step >= x.shape[axis];
  const end = reachesEnd ? END : start + (count - 1) * step + 1;
  return graph.node('Slice', [
    x,
    ...[start, count === 0 ? start : end, axis, step].map((n) => graph.ints([n])),
  ]);
});

const pad = row<{ readonly before: readonly number[]; readonly value: number }>(
  (graph, { inputs: [x], output, attrs: { before, value } }) => {
    const after = output.shape.map((length, axis) => length - x.shape[axis] - before[axis]);
    const element = x.element === 'float' ? 'float' : 'int32';
    return graph.node('Pad', [x, graph.ints([...before, ...after]), graph.constant(element, value)]);
  },
);

const cast = row<{ readonly dtype: DType }>((graph, { inputs: [x], attrs: { dtype } }) => {
  const to = (operand: Value | string, element: Parameters<typeof elementNumber>[0]) =>
    graph.node('Cast', [operand], { to: elementNumber(element) });
  return to(dtype === 'f16' ? to(x, 'float16') : x, ELEMENT_OF[dtype]);
});

export const shapes: Readonly<Record<string, Row>> = {
  cast,
  concat: row<{ readonly axis: number }>((graph, { inputs, attrs: { axis } }) =>
    graph.node('Concat', inputs, { axis }),
  ),
  flatten: reshape,
  pad,
  permute: row<{ readonly order: readonly number[] }>((graph, { inputs, attrs: { order } }) =>
    graph.node('Transpose', inputs, { perm: order }),
  ),
  reshape,
  slice,
  view: reshape,
};
