import { at, broadcastTo, build, positiveAxis, type Ref, ref } from './ref';
import { concat, permute, slice } from './shape';

const listed = (value: number | readonly number[]): readonly number[] =>
  typeof value === 'number' ? [value] : value;

export function squeeze(x: Ref, axes?: number | readonly number[]): Ref {
  const named = axes === undefined ? [...x.shape.keys()] : listed(axes);
  const gone = named.map((axis) => positiveAxis(axis, x.shape.length)).filter((axis) => x.shape[axis] === 1);
  return ref(
    x.shape.filter((_, axis) => !gone.includes(axis)),
    x.data,
  );
}

export const unsqueeze = (x: Ref, axis: number): Ref =>
  ref(x.shape.toSpliced(positiveAxis(axis, x.shape.length + 1), 0, 1), x.data);

export function transpose(x: Ref, first: number, second: number): Ref {
  const [a, b] = [first, second].map((axis) => positiveAxis(axis, x.shape.length));
  return permute(x, [...x.shape.keys()].with(a, b).with(b, a));
}

export const stack = (parts: readonly Ref[], axis = 0): Ref => {
  const along = positiveAxis(axis, parts[0].shape.length + 1);
  return concat(
    parts.map((part) => unsqueeze(part, along)),
    along,
  );
};

export function split(x: Ref, sizes: number | readonly number[], axis = 0): Ref[] {
  const length = x.shape[positiveAxis(axis, x.shape.length)];
  const parts: Ref[] = [];
  for (let start = 0, i = 0; start < length; i++) {
    const end = start + (typeof sizes === 'number' ? sizes : sizes[i]);
    parts.push(slice(x, axis, start, end));
    start = end;
  }
  return parts;
}

export const chunk = (x: Ref, chunks: number, axis = 0): Ref[] =>
  split(x, Math.ceil(x.shape[positiveAxis(axis, x.shape.length)] / chunks), axis);

export const expand = (x: Ref, shape: readonly number[]): Ref =>
  broadcastTo(
    x,
    shape.map((length, axis) => (length === -1 ? x.shape[axis - (shape.length - x.shape.length)] : length)),
  );

export function repeat(x: Ref, counts: readonly number[]): Ref {
  const own = [...new Array<number>(counts.length - x.shape.length).fill(1), ...x.shape];
  return build(
    own.map((length, axis) => length * counts[axis]),
    (index) =>
      at(
        ref(own, x.data),
        index.map((i, axis) => i % own[axis]),
      ),
  );
}

export function flip(x: Ref, axes: number | readonly number[]): Ref {
  const turned = listed(axes).map((axis) => positiveAxis(axis, x.shape.length));
  return build(x.shape, (index) =>
    at(
      x,
      index.map((i, axis) => (turned.includes(axis) ? x.shape[axis] - 1 - i : i)),
    ),
  );
}

export function roll(x: Ref, shifts: number | readonly number[], axes?: number | readonly number[]): Ref {
  if (axes === undefined) return ref(x.shape, roll(ref([x.data.length], x.data), shifts, 0).data);
  const along = listed(axes).map((axis) => positiveAxis(axis, x.shape.length));
  return along.reduce((rolled, axis, i) => {
    const length = x.shape[axis];
    const from = (at: number) => (((at - listed(shifts)[i]) % length) + length) % length;
    return build(x.shape, (index) => at(rolled, index.with(axis, from(index[axis]))));
  }, x);
}

const triangle =
  (keeps: (diagonal: number, limit: number) => boolean) =>
  (x: Ref, limit = 0): Ref =>
    build(x.shape, (index) => {
      const [i, j] = index.slice(-2);
      return keeps(j - i, limit) ? at(x, index) : 0;
    });
export const tril = triangle((diagonal, limit) => diagonal <= limit);
export const triu = triangle((diagonal, limit) => diagonal >= limit);

export function diag(x: Ref, offset = 0): Ref {
  const [down, right] = [Math.max(0, -offset), Math.max(0, offset)];
  if (x.shape.length === 1) {
    const side = x.data.length + Math.abs(offset);
    return build([side, side], ([i, j]) => (j - i === offset ? x.data[Math.min(i, j)] : 0));
  }
  const length = Math.max(0, Math.min(x.shape[0] - down, x.shape[1] - right));
  return build([length], ([i]) => at(x, [i + down, i + right]));
}
