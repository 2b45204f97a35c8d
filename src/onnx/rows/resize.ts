import type { Graph } from '../graph';
import { type Row, row } from '../row';

/** How an axis is read: element i of the result at scale (i + shift) − shift, as the record and its shader have it. */
interface Reading {
  readonly length: number;
  readonly scale: number;
  readonly shift: number;
}

/** Neighbours from `first` on, and what each of them counts. */
interface Place {
  readonly first: number;
  readonly shares: readonly number[];
}

/** What place i of the result reads of an axis `from` long. In f32, as the shader counts. */
type Mode = (reading: Reading, from: number, i: number) => Place;

const { fround } = Math;
const far = ({ scale, shift }: Reading, i: number): number => fround(fround(i + shift) * fround(scale));
const near = (s: number): number => (1.25 * s - 2.25) * s * s + 1;
const distant = (s: number): number => ((-0.75 * s + 3.75) * s - 6) * s + 3;

/** By the number that the record has for a mode. Cubic is Keys' (1981) with a = −3/4. */
const MODES: readonly Mode[] = [
  (reading, _, i) => ({ first: Math.floor(far(reading, i)), shares: [1] }),
  (reading, _, i) => {
    const at = Math.max(0, fround(far(reading, i) - reading.shift));
    const first = Math.floor(at);
    return { first, shares: [1 - (at - first), at - first] };
  },
  (reading, _, i) => {
    const at = fround(far(reading, i) - reading.shift);
    const s = at - Math.floor(at);
    return { first: Math.floor(at) - 1, shares: [distant(s + 1), near(s), near(1 - s), distant(2 - s)] };
  },
  ({ length }, from, i) => {
    const first = Math.floor((i * from) / length);
    const count = Math.ceil(((i + 1) * from) / length) - first;
    return { first, shares: new Array(count).fill(1 / count) };
  },
];

/** One axis resized: not by Resize, whose rules for places differ between programs. */
function resized(
  graph: Graph,
  x: string,
  axis: number,
  from: number,
  places: readonly Place[],
  rank: number,
) {
  const most = Math.max(...places.map(({ shares }) => shares.length));
  const wide = [places.length, ...new Array<number>(rank - 1 - axis).fill(1)];
  const parts = Array.from({ length: most }, (_, t) => {
    const at = places.map(({ first }) => Math.min(from - 1, Math.max(0, first + t)));
    const picked = graph.node('Gather', [x, graph.ints(at)], { axis });
    const shares = places.map((place) => place.shares[t] ?? 0);
    if (shares.every((share) => share === 1)) return picked;
    return graph.node('Mul', [picked, graph.float(shares, wide)]);
  });
  return parts.reduce((sum, part) => graph.node('Add', [sum, part]));
}

const interpolate = row<{ readonly readings: readonly Reading[]; readonly kernelMode: number }>(
  (graph, { inputs: [x], attrs: { readings, kernelMode } }) =>
    readings.reduce((value, reading, i) => {
      const from = x.shape[2 + i];
      if (reading.length === from && reading.scale === 1) return value;
      const places = Array.from({ length: reading.length }, (_, place) =>
        MODES[kernelMode](reading, from, place),
      );
      return resized(graph, value, 2 + i, from, places, x.shape.length);
    }, x.name),
);

export const resizing: Readonly<Record<string, Row>> = { interpolate };
