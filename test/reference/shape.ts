import { at, build, positiveAxis, type Ref, ref, size } from './ref';

/** Same numbers under another shape; one length may be −1 and is then inferred. */
export function reshape(x: Ref, shape: readonly number[]): Ref {
  const known = size(shape.filter((length) => length !== -1));
  return ref(
    shape.map((length) => (length === -1 ? x.data.length / known : length)),
    x.data,
  );
}

/** Joins the axes from start to end (both included) into one, as torch.flatten. */
export function flatten(x: Ref, start = 0, end = -1): Ref {
  const rank = x.shape.length;
  if (rank === 0) return reshape(x, [1]);
  const first = positiveAxis(start, rank);
  const last = positiveAxis(end, rank);
  const joined = size(x.shape.slice(first, last + 1));
  return reshape(x, [...x.shape.slice(0, first), joined, ...x.shape.slice(last + 1)]);
}

/** Output axis i is input axis axes[i]. */
export function permute(x: Ref, axes: readonly number[]): Ref {
  const order = axes.map((axis) => positiveAxis(axis, x.shape.length));
  return build(
    order.map((axis) => x.shape[axis]),
    (index) => {
      const source = new Array<number>(order.length);
      for (let i = 0; i < order.length; i++) source[order[i]] = index[i];
      return at(x, source);
    },
  );
}

/** Puts the parts one after the other along an axis. */
export function concat(parts: readonly Ref[], axis = 0): Ref {
  const along = positiveAxis(axis, parts[0].shape.length);
  const shape = [...parts[0].shape];
  shape[along] = parts.reduce((total, part) => total + part.shape[along], 0);
  return build(shape, (index) => {
    let position = index[along];
    let which = 0;
    while (position >= parts[which].shape[along]) position -= parts[which++].shape[along];
    return at(parts[which], index.with(along, position));
  });
}

/** x[start:end:step] along one axis, by Python's rules for negative and too large bounds; step ≥ 1. */
export function slice(x: Ref, axis: number, start = 0, end = Infinity, step = 1): Ref {
  const along = positiveAxis(axis, x.shape.length);
  const length = x.shape[along];
  const bound = (i: number) => Math.min(Math.max(i < 0 ? i + length : i, 0), length);
  const count = Math.max(0, Math.ceil((bound(end) - bound(start)) / step));
  return build(x.shape.with(along, count), (index) =>
    at(x, index.with(along, bound(start) + index[along] * step)),
  );
}

/** What F.pad puts around x by its modes; pads = [before, after] of the last axis, then of the axis before it, .... */
export function pad(
  x: Ref,
  pads: readonly number[],
  options: number | { readonly mode?: string; readonly value?: number } = {},
): Ref {
  const { mode = 'constant', value = 0 } = typeof options === 'number' ? { value: options } : options;
  const rank = x.shape.length;
  const before = x.shape.map((_, axis) => pads[2 * (rank - 1 - axis)] ?? 0);
  const after = x.shape.map((_, axis) => pads[2 * (rank - 1 - axis) + 1] ?? 0);
  const shape = x.shape.map((length, axis) => before[axis] + length + after[axis]);
  const from: Record<string, (i: number, axis: number) => number> = {
    constant: (i) => i,
    reflect: (i, axis) => (i < 0 ? -i : i >= x.shape[axis] ? 2 * x.shape[axis] - 2 - i : i),
    replicate: (i, axis) => Math.min(Math.max(i, 0), x.shape[axis] - 1),
    // What is cut off is no part of the circle.
    circular: (i, axis) => {
      const first = Math.max(0, -before[axis]);
      const length = x.shape[axis] - Math.max(0, -after[axis]) - first;
      return first + ((i - first + length) % length);
    },
  };
  return build(shape, (index) => {
    const source = index.map((i, axis) => from[mode](i - before[axis], axis));
    const inside = source.every((i, axis) => i >= 0 && i < x.shape[axis]);
    return inside ? at(x, source) : value;
  });
}
