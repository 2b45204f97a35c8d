import type { Pair } from '../../ops/pair';
import type { Form, Graph, Operand, Value } from '../graph';
import { type Row, row } from '../row';
import { ofAxes, onImages } from './images';
import { reduced } from './reduction';
import { END, sliced } from './shape';

interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
}

/** One axis of a pool. */
interface Axis {
  readonly length: number;
  readonly result: number;
  readonly taps: number;
  readonly stride: number;
  readonly before: number;
  /** Behind the image, so that the last window ends at the end: windows may reach over the padded edge, or not up to it. */
  readonly after: number;
}

function axesOf({ kernel, stride, padding, dilation }: Window, x: Value, y: Form, axes: number): Axis[] {
  const [taps, strides, before, dilations] = [kernel, stride, padding, dilation].map((pair) =>
    ofAxes(pair, axes),
  );
  return taps.map((size, i) => {
    const [length, result] = [x, y].map(({ shape }) => shape[shape.length - axes + i]);
    const end = (result - 1) * strides[i] + dilations[i] * (size - 1) + 1;
    const after = Math.max(0, end - length - before[i]);
    return { length, result, taps: size, stride: strides[i], before: before[i], after };
  });
}

const windowed = (axes: readonly Axis[]) => ({
  kernel_shape: axes.map(({ taps }) => taps),
  strides: axes.map(({ stride }) => stride),
  pads: [...axes.map(({ before }) => before), ...axes.map(({ after }) => after)],
});

const maxPool = (axes: number): Row =>
  row<{ readonly window: Window }>((graph, { inputs: [x], output, attrs: { window } }) => {
    const attributes = {
      ...windowed(axesOf(window, x, output, axes)),
      dilations: ofAxes(window.dilation, axes),
    };
    return onImages(graph, x, output, axes, (images) => graph.node('MaxPool', [images], attributes));
  });

interface Average {
  readonly window: Window;
  readonly constants: { readonly COUNT_PADDING: number; readonly CEIL?: number; readonly DIVISOR?: number };
}

/** How many values of a window count: those of the image and of the padding that was asked for. */
const counted = ({ length, taps, stride, before }: Axis, place: number): number =>
  Math.min(place * stride + taps, length + 2 * before) - place * stride;

/** Sums of windows, times what each has to be divided by. */
function byDivisors(
  graph: Graph,
  images: Operand,
  axes: readonly Axis[],
  divisor: number | undefined,
): string {
  const { pads, ...window } = windowed(axes);
  const around = graph.ints([0, 0, ...pads.slice(0, axes.length), 0, 0, ...pads.slice(axes.length)]);
  const padded = graph.node('Pad', [images, around]);
  const means = graph.node('AveragePool', [padded], window);
  const area = axes.reduce((product, { taps }) => product * taps, 1);
  const shares = axes.reduce(
    (all: number[], axis) =>
      all.flatMap((share) =>
        Array.from({ length: axis.result }, (_, place) => share / (divisor ? 1 : counted(axis, place))),
      ),
    [area / (divisor ?? 1)],
  );
  return graph.node('Mul', [
    means,
    graph.float(
      shares,
      axes.map(({ result }) => result),
    ),
  ]);
}

const avgPool = (count: number): Row =>
  row<Average>((graph, { inputs: [x], output, attrs: { window, constants } }) => {
    const axes = axesOf(window, x, output, count);
    const { COUNT_PADDING, CEIL, DIVISOR } = constants;
    return onImages(graph, x, output, count, (images) =>
      DIVISOR || (CEIL && COUNT_PADDING)
        ? byDivisors(graph, images, axes, DIVISOR)
        : graph.node('AveragePool', [images], { ...windowed(axes), count_include_pad: COUNT_PADDING }),
    );
  });

/** Each of the evenly spread windows along an axis reduced to one place. */
function spread(graph: Graph, x: Operand, op: string, axis: number, length: number, result: number): string {
  const windows = Array.from({ length: result }, (_, place) => {
    const [start, end] = [Math.floor((place * length) / result), Math.ceil(((place + 1) * length) / result)];
    const window = sliced(graph, x, axis, start, end === length ? END : end);
    return reduced(graph, op, window, { axes: [axis], keepDims: true });
  });
  return graph.node('Concat', windows, { axis });
}

/** A rectangle is reduced along one of its axes after the other. */
const adaptive = (op: string, axes: number): Row =>
  row((graph, { inputs: [x], output }) =>
    Array.from({ length: axes }, (_, i) => x.shape.length - axes + i).reduce(
      (value: string, axis) =>
        x.shape[axis] === output.shape[axis]
          ? value
          : spread(graph, value, op, axis, x.shape[axis], output.shape[axis]),
      x.name,
    ),
  );

const globalAverage = row((graph, { inputs: [x] }) =>
  x.shape.length === 4
    ? graph.node('GlobalAveragePool', [x])
    : reduced(graph, 'ReduceMean', x, { axes: [-2, -1], keepDims: true }),
);

export const pools: Readonly<Record<string, Row>> = {
  adaptiveAvgPool1d: adaptive('ReduceMean', 1),
  adaptiveAvgPool2d: adaptive('ReduceMean', 2),
  adaptiveMaxPool1d: adaptive('ReduceMax', 1),
  adaptiveMaxPool2d: adaptive('ReduceMax', 2),
  avgPool1d: avgPool(1),
  avgPool2d: avgPool(2),
  globalAvgPool2d: globalAverage,
  maxPool1d: maxPool(1),
  maxPool2d: maxPool(2),
};
