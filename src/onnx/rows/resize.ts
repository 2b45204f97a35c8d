import type { Graph } from '../graph';
import { type Row, row } from '../row';

/** How an axis is read: element i of the result at scale (i + shift) − shift, as the record and its shader have it. */
interface Reading {
  readonly length: number;
  readonly scale: number;
  readonly shift: number;
}

const { fround } = Math;

/** Which elements of an axis each of the result reads, and how much of the second. In f32, as the shader counts. */
function placesOf({ length, scale, shift }: Reading, from: number, nearest: boolean) {
  return Array.from({ length }, (_, i) => {
    const far = fround(fround(i + shift) * fround(scale));
    const at = nearest ? far : Math.max(0, fround(far - shift));
    const first = Math.min(Math.floor(at), from - 1);
    return { first, second: Math.min(first + 1, from - 1), share: Math.min(1, Math.max(0, at - first)) };
  });
}

/** Not by Resize, whose rules for places differ between programs. */
function resized(
  graph: Graph,
  x: string,
  axis: number,
  places: ReturnType<typeof placesOf>,
  rank: number,
): string {
  const pick = (which: 'first' | 'second') =>
    graph.node('Gather', [x, graph.ints(places.map((place) => place[which]))], { axis });
  if (places.every(({ share }) => share === 0)) return pick('first');
  const shape = [places.length, ...new Array<number>(rank - 1 - axis).fill(1)];
  const weigh = (of: string, shares: readonly number[]) =>
    graph.node('Mul', [of, graph.float(shares, shape)]);
  return graph.node('Add', [
    weigh(
      pick('first'),
      places.map(({ share }) => 1 - share),
    ),
    weigh(
      pick('second'),
      places.map(({ share }) => share),
    ),
  ]);
}

const interpolate = row<{ readonly readings: readonly Reading[]; readonly nearest: boolean }>(
  (graph, { inputs: [x], attrs: { readings, nearest } }) =>
    readings.reduce((value, reading, i) => {
      const from = x.shape[2 + i];
      if (reading.length === from && reading.scale === 1) return value;
      const places = placesOf(reading, from, nearest).map((place) =>
        nearest ? { ...place, share: 0 } : place,
      );
      return resized(graph, value, 2 + i, places, x.shape.length);
    }, x.name),
);

export const resizing: Readonly<Record<string, Row>> = { interpolate };
