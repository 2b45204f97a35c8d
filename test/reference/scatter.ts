import { broadcastShapes, broadcastTo, indices, offset, positiveAxis, type Ref, ref } from './ref';

/** Goes through an index in order, and has `change` make a new element of the old one and the source's. */
function scattered(
  x: Ref,
  axis: number,
  index: Ref,
  source: Ref | number,
  change: (old: number, given: number) => number,
): Ref {
  const along = positiveAxis(axis, x.shape.length);
  const out = ref(x.shape, x.data);
  let position = 0;
  for (const place of indices(index.shape)) {
    const target = offset(x.shape, place.with(along, index.data[position++]));
    const given = typeof source === 'number' ? source : source.data[offset(source.shape, place)];
    out.data[target] = change(out.data[target], given);
  }
  return out;
}

/** The last of several sources for one place counts. */
export const scatter = (x: Ref, axis: number, index: Ref, source: Ref | number): Ref =>
  scattered(x, axis, index, source, (_, given) => given);

export const scatterAdd = (x: Ref, axis: number, index: Ref, source: Ref): Ref =>
  scattered(x, axis, index, source, (old, given) => old + given);

/** The index is the same for all lines. */
export function indexAdd(x: Ref, axis: number, index: Ref, source: Ref, alpha = 1): Ref {
  const along = positiveAxis(axis, x.shape.length);
  const line = ref(
    x.shape.map((_, i) => (i === along ? index.data.length : 1)),
    index.data,
  );
  return scattered(x, along, broadcastTo(line, source.shape), source, (old, given) => old + alpha * given);
}

export function maskedFill(x: Ref, mask: Ref, value: Ref | number): Ref {
  const shape = broadcastShapes(x.shape, mask.shape);
  const [wide, covered] = [broadcastTo(x, shape), broadcastTo(mask, shape)];
  const fill = typeof value === 'number' ? value : value.data[0];
  return ref(
    shape,
    wide.data.map((old, i) => (covered.data[i] !== 0 ? fill : old)),
  );
}
