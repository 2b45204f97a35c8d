import { at, broadcastShapes, broadcastTo, build, indices, offset, type Ref, ref, size } from './ref';

export interface AttentionOptions {
  /** Broadcasts to [..., L, S]; `flags` says whether it holds 0 and 1, else it is added. */
  mask?: Ref;
  flags?: boolean;
  isCausal?: boolean;
  scale?: number;
}

/** Attention as its formula has it, with all scores laid out; a query that sees no key gives 0. */
export function attention(q: Ref, k: Ref, v: Ref, options: AttentionOptions = {}): Ref {
  const [queries, features] = q.shape.slice(-2);
  const keys = k.shape[k.shape.length - 2];
  const columns = v.shape[v.shape.length - 1];
  const { mask = ref([], [0]), flags = false, isCausal = false, scale = 1 / Math.sqrt(features) } = options;
  const batch = broadcastShapes(...[q, k, v].map(({ shape }) => shape.slice(0, -2)));
  const [wideQ, wideK, wideV] = [q, k, v].map((x) => broadcastTo(x, [...batch, ...x.shape.slice(-2)]));
  const wideMask = broadcastTo(mask, [...batch, queries, keys]);
  const out = ref([...batch, queries, columns], new Float64Array(size(batch) * queries * columns));
  for (const index of indices([...batch, queries])) {
    const [lead, l] = [index.slice(0, -1), index[index.length - 1]];
    const scores = Array.from({ length: keys }, (_, s) => {
      const extra = at(wideMask, [...lead, l, s]);
      if ((isCausal && s > l) || (options.mask && flags && extra === 0)) return -Infinity;
      let product = 0;
      for (let e = 0; e < features; e++) product += at(wideQ, [...lead, l, e]) * at(wideK, [...lead, s, e]);
      return product * scale + (flags ? 0 : extra);
    });
    const top = scores.reduce((a, b) => Math.max(a, b), -Infinity);
    if (top === -Infinity) continue;
    const weights = scores.map((score) => Math.exp(score - top));
    const total = weights.reduce((a, b) => a + b, 0);
    for (let c = 0; c < columns; c++) {
      const sum = weights.reduce((before, weight, s) => before + weight * at(wideV, [...lead, s, c]), 0);
      out.data[offset(out.shape, [...lead, l, c])] = sum / total;
    }
  }
  return out;
}

/** Under the engine's signature: a mask of the numbers 0 and 1 alone holds flags. */
export const scaledDotProductAttention = (q: Ref, k: Ref, v: Ref, options: AttentionOptions = {}): Ref =>
  attention(q, k, v, { ...options, flags: options.mask?.data.every((value) => value === 0 || value === 1) });

/** Sums of products by subscripts, every combination of indices by itself. */
export function einsum(equation: string, ...operands: Ref[]): Ref {
  const [left, right] = equation.replaceAll(' ', '').split('->');
  const hidden = (term: string, rank: number) => rank - term.replace('...', '').length;
  const spread = (term: string, count: number) =>
    term.includes('...')
      ? [
          ...term.slice(0, term.indexOf('...')),
          ...Array.from({ length: count }, (_, i) => `.${count - i}`),
          ...term.slice(term.indexOf('...') + 3),
        ]
      : [...term];
  const terms = left.split(',').map((term, i) => spread(term, hidden(term, operands[i].shape.length)));
  const lengths = new Map<string, number>();
  for (const [i, term] of terms.entries())
    for (const [axis, label] of term.entries())
      lengths.set(label, Math.max(lengths.get(label) ?? 1, operands[i].shape[axis]));
  const labels = [...lengths.keys()];
  const most = labels.filter((label) => label.startsWith('.')).length;
  const once = labels.filter((label) => label.length === 1 && left.split(label).length === 2).sort();
  const output = right === undefined ? [...spread('...', most), ...once] : spread(right, most);
  const inner = labels.filter((label) => !output.includes(label));
  const lengthOf = (label: string) => lengths.get(label) ?? 1;
  return build(output.map(lengthOf), (index) => {
    let total = 0;
    for (const rest of indices(inner.map(lengthOf))) {
      const place = new Map([...output, ...inner].map((label, i) => [label, [...index, ...rest][i]]));
      total += operands.reduce(
        (product, x, i) =>
          product *
          at(
            x,
            terms[i].map((label, axis) => (x.shape[axis] === 1 ? 0 : (place.get(label) ?? 0))),
          ),
        1,
      );
    }
    return total;
  });
}
