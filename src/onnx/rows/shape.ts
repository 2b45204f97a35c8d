import type { DType } from '../../tensor/dtype';
import { ELEMENT_OF, type Graph, type Operand } from '../graph';
import { type Row, row } from '../row';

/** Stands for the end of an axis, however long it is. */
export const END = 2 ** 31 - 1;

const reshape = row((graph, { inputs: [x], output }) => graph.reshape(x, output));

const transpose = row<{ readonly order: readonly number[] }>((graph, { inputs, attrs: { order } }) =>
  graph.node('Transpose', inputs, { perm: order }),
);

/** The positions from `start` to `end` along an axis. */
export const sliced = (
  graph: Graph,
  x: Operand,
  axis: number,
  start: number,
  end: number,
  step = 1,
): string => graph.node('Slice', [x, ...[start, end, axis, step].map((n) => graph.ints([n]))]);

const slice = row<{
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  readonly count: number;
}>((graph, { inputs: [x], attrs: { axis, start, step, count } }) => {
  const reachesEnd = start + count * step >= x.shape[axis];
  const end = reachesEnd ? END : start + (count - 1) * step + 1;
  return sliced(graph, x, axis, start, count === 0 ? start : end, step);
});

const cast = row<{ readonly dtype: DType }>((graph, { inputs: [x], attrs: { dtype } }) =>
  graph.cast(dtype === 'f16' ? graph.cast(x, 'float16') : x, ELEMENT_OF[dtype]),
);

/** Tensors of shape [0] join any. */
const concat = row<{ readonly axis: number }>((graph, { inputs, output, attrs: { axis } }) => {
  const some = inputs.filter(({ shape }) => shape.length === output.shape.length);
  return graph.node('Concat', some, { axis });
});

const stack = row<{ readonly axis: number }>((graph, { inputs, attrs: { axis } }) => {
  const parts = inputs.map((part) => graph.node('Unsqueeze', [part, graph.ints([axis])]));
  return graph.node('Concat', parts, { axis });
});

/** An axis that is as long already stays: Expand takes 1 for that. */
const expand = row((graph, { inputs: [x], output }) => {
  const missing = output.shape.length - x.shape.length;
  const own = (axis: number) => axis >= missing && x.shape[axis - missing] === output.shape[axis];
  const shape = output.shape.map((length, axis) => (own(axis) ? 1 : length));
  const growth = output.growth.map((more, axis) => (own(axis) ? 0 : more));
  return graph.node('Expand', [x, graph.lengths({ shape, growth })]);
});

const repeat = row<{ readonly counts: readonly number[] }>((graph, { inputs: [x], attrs: { counts } }) => {
  const more = new Array<number>(counts.length - x.shape.length).fill(0);
  const wide = { shape: [...more.map(() => 1), ...x.shape], growth: [...more, ...x.growth] };
  return graph.node('Tile', [more.length > 0 ? graph.reshape(x, wide) : x, graph.ints(counts)]);
});

const flip = row<{ readonly axes: readonly number[] }>((graph, { inputs: [x], attrs: { axes } }) =>
  axes.length === 0
    ? x.name
    : graph.node('Slice', [
        x,
        ...[axes.map(() => -1), axes.map(() => -END), axes, axes.map(() => -1)].map((list) =>
          graph.ints(list),
        ),
      ]),
);

const roll = row<{
  readonly isFlat: boolean;
  readonly rolls: readonly (readonly [axis: number, by: number])[];
}>((graph, { inputs: [x], output, attrs: { isFlat, rolls } }) => {
  const start = isFlat ? graph.node('Reshape', [x, graph.ints([-1])]) : x.name;
  const length = (axis: number) => (isFlat ? x.shape.reduce((a, b) => a * b, 1) : x.shape[axis]);
  const rolled = rolls.reduce((value, [axis, by]) => {
    const shift = ((by % length(axis)) + length(axis)) % length(axis);
    if (shift === 0) return value;
    const parts = [sliced(graph, value, axis, -shift, END), sliced(graph, value, axis, 0, -shift)];
    return graph.node('Concat', parts, { axis });
  }, start);
  return isFlat ? graph.reshape(rolled, output) : rolled;
});

interface AxisPad {
  readonly axis: number;
  readonly before: number;
  readonly after: number;
}
interface Padding {
  readonly axes: readonly AxisPad[];
  readonly mode: 'constant' | 'reflect' | 'replicate' | 'circular';
  readonly value: number;
}

/** What is less than nothing is cut off. */
const cut = (graph: Graph, x: string, axes: readonly AxisPad[]): string =>
  axes
    .filter(({ before, after }) => before < 0 || after < 0)
    .reduce(
      (value, { axis, before, after }) =>
        sliced(graph, value, axis, Math.max(0, -before), after < 0 ? after : END),
      x,
    );

/** ONNX has this border from opset 19 on. */
const around = (graph: Graph, x: string, axes: readonly AxisPad[]): string =>
  axes.reduce((value, { axis, before, after }) => {
    const front = before > 0 ? [sliced(graph, value, axis, -before, END)] : [];
    const back = after > 0 ? [sliced(graph, value, axis, 0, after)] : [];
    return front.length + back.length > 0
      ? graph.node('Concat', [...front, value, ...back], { axis })
      : value;
  }, x);

const pad = row<Padding>((graph, { inputs: [x], attrs: { axes, mode, value } }) => {
  if (mode === 'circular') return around(graph, cut(graph, x.name, axes), axes);
  const [before, after] = [axes.map((pad) => pad.before), axes.map((pad) => pad.after)];
  const pads = graph.ints([...before, ...after].map((count) => Math.max(0, count)));
  const fill = mode === 'constant' ? [graph.constant(x.element === 'float' ? 'float' : 'int32', value)] : [];
  const attributes = { mode: mode === 'replicate' ? 'edge' : mode };
  return cut(graph, graph.node('Pad', [x, pads, ...fill], attributes), axes);
});

export const shapes: Readonly<Record<string, Row>> = {
  cast,
  concat,
  expand,
  flatten: reshape,
  flip,
  pad,
  permute: transpose,
  repeat,
  reshape,
  roll,
  slice,
  squeeze: reshape,
  stack,
  transpose,
  unsqueeze: reshape,
  view: reshape,
};
