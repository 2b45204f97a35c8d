import type { Form, Graph, Operand, Value } from '../graph';
import { type Row, row } from '../row';
import { alongAxis } from './reduction';
import { sliced } from './shape';

/** One number is a line of one. */
const line = (graph: Graph, x: Value): Operand =>
  x.shape.length > 0 ? x : graph.node('Reshape', [x, graph.ints([1])]);

const gather = row<{ readonly axis: number }>((graph, { inputs: [x, index], output, attrs: { axis } }) => {
  const picked = graph.node('GatherElements', [line(graph, x), line(graph, index)], { axis });
  return index.shape.length > 0 ? picked : graph.reshape(picked, output);
});

/** 1 where a number is that of its place on a new last axis. */
const oneHot = row<{ readonly classes: number }>((graph, { inputs: [labels], attrs: { classes } }) => {
  const column = graph.node('Unsqueeze', [labels, graph.ints([-1])]);
  const places = graph.constant('int32', [...new Array(classes).keys()]);
  return graph.cast(graph.node('Equal', [column, places]), 'float');
});

/** As much of a source as an index has. */
const sourceFor = (graph: Graph, source: Value, index: Value): Operand =>
  source.shape.reduce(
    (value: Operand, length, axis) =>
      length === index.shape[axis] ? value : sliced(graph, value, axis, 0, index.shape[axis]),
    source,
  );

/** Where a place is named often, onnxruntime takes the last source, as the record does. */
const scatter = row<
  { readonly axis: number; readonly scalars: { readonly value?: number } },
  readonly [x: Value, index: Value, source?: Value]
>((graph, { inputs: [x, index, source], attrs: { axis, scalars } }) => {
  const value = source
    ? sourceFor(graph, source, index)
    : graph.node('Expand', [graph.float(scalars.value ?? 0), graph.lengths(index)]);
  return graph.node('ScatterElements', [x, index, value], { axis });
});

const scatterAdd = row<{ readonly axis: number }>((graph, { inputs: [x, index, source], attrs: { axis } }) =>
  graph.node('ScatterElements', [x, index, sourceFor(graph, source, index)], { axis, reduction: 'add' }),
);

const indexAdd = row<{ readonly axis: number; readonly alpha: number }>(
  (graph, { inputs: [x, index, source], attrs: { axis, alpha } }) => {
    const shape = source.shape.map((length, i) => (i === axis ? length : 1));
    const wide = graph.reshape(index, {
      shape,
      growth: shape.map((_, i) => (i === axis ? source.growth[i] : 0)),
    });
    const everywhere = graph.node('Expand', [wide, graph.lengths(source)]);
    const scaled = graph.node('Mul', [source, graph.float(alpha)]);
    return graph.node('ScatterElements', [x, everywhere, scaled], { axis, reduction: 'add' });
  },
);

/** Equal elements keep their order in ONNX, too. */
const argsort = row<{ readonly axis: number; readonly descending: boolean }>(
  (graph, { inputs: [x], output, attrs: { axis, descending } }) =>
    alongAxis(graph, x, output, (along) => {
      const count = sliced(graph, graph.node('Shape', [along]), 0, axis, axis + 1);
      const attributes = { axis, largest: Number(descending), sorted: 1 };
      return graph.cast(graph.second('TopK', [along, count], attributes), 'int32');
    }),
);

const triangle = (upper: number): Row =>
  row<{ readonly diagonal: number }>((graph, { inputs: [x], attrs: { diagonal } }) =>
    graph.node('Trilu', [x, graph.constant('int64', diagonal)], { upper }),
  );

/** A vector onto a diagonal of zeros, or a diagonal as a vector, by the places where each element is. */
const diag = row<{ readonly diagonal: number }>((graph, { inputs: [x], output, attrs: { diagonal } }) => {
  const [rows, columns] = x.shape;
  const [down, along] = [Math.max(0, -diagonal), Math.max(0, diagonal)];
  if (columns !== undefined) {
    const places = Array.from(new Array(output.shape[0]).keys(), (i) => (i + down) * columns + i + along);
    return graph.node('Gather', [graph.node('Reshape', [x, graph.ints([-1])]), graph.ints(places)]);
  }
  return fromVector(graph, x, output, rows, [down, along]);
});

function fromVector(
  graph: Graph,
  x: Value,
  { shape: [side] }: Form,
  length: number,
  [down, along]: readonly [number, number],
): string {
  const isOn = (i: number) => {
    const place = Math.floor(i / side) - down;
    return place >= 0 && place < length && (i % side) - along === place ? place : -1;
  };
  const places = Array.from({ length: side * side }, (_, i) => isOn(i));
  const shape = [side, side];
  const index = graph.constant(
    'int64',
    places.map((place) => Math.max(0, place)),
    shape,
  );
  const mask = graph.constant(
    'int32',
    places.map((place) => Number(place >= 0)),
    shape,
  );
  const zero = graph.constant(x.element === 'float' ? 'float' : 'int32', 0);
  return graph.node('Where', [graph.cast(mask, 'bool'), graph.node('Gather', [x, index]), zero]);
}

export const places: Readonly<Record<string, Row>> = {
  argsort,
  diag,
  embedding: row((graph, { inputs: [indices, weight] }) =>
    graph.node('Gather', [weight, indices], { axis: 0 }),
  ),
  gather,
  indexAdd,
  oneHot,
  scatter,
  scatterAdd,
  sort: gather,
  topk: gather,
  tril: triangle(0),
  triu: triangle(1),
};
