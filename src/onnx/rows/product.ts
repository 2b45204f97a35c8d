import { OnnxError } from '../errors';
import type { Graph, Operand, Value } from '../graph';
import { type Row, row } from '../row';
import { reduced } from './reduction';

/** What a kernel does to its result before it stores it. */
export interface Activation {
  readonly activation?: 'relu';
}

export const activated = (graph: Graph, result: string, { activation }: Activation): string =>
  activation === 'relu' ? graph.node('Relu', [result]) : result;

/** Matrices on the last two axes, turned. */
function turned(graph: Graph, x: Value): string {
  const axes = [...x.shape.keys()];
  const last = axes.length - 1;
  return graph.node('Transpose', [x], { perm: axes.with(last, last - 1).with(last - 1, last) });
}

const linear = row<Activation, readonly [x: Value, weight: Value, bias?: Value]>(
  (graph, { inputs: [x, weight, bias], attrs }) => {
    const rows = () => {
      const product = graph.node('MatMul', [x, turned(graph, weight)]);
      return bias ? graph.node('Add', [product, bias]) : product;
    };
    const result = x.shape.length === 2 ? graph.node('Gemm', [x, weight, bias], { transB: 1 }) : rows();
    return activated(graph, result, attrs);
  },
);

const matmul = row<{ readonly transposeA: boolean; readonly transposeB: boolean }>(
  (graph, { inputs: [a, b], attrs: { transposeA, transposeB } }) =>
    graph.node('MatMul', [transposeA ? turned(graph, a) : a, transposeB ? turned(graph, b) : b]),
);

interface Attention {
  readonly causal: boolean;
  readonly scale: number;
  readonly dropping?: unknown;
}

/** Scores that count, and −∞ for those that do not. */
const seen = (graph: Graph, scores: Operand, condition: string): string =>
  graph.node('Where', [condition, scores, graph.float(Number.NEGATIVE_INFINITY)]);

const attention = row<Attention, readonly [q: Value, k: Value, v: Value, mask?: Value]>(
  (graph, { inputs: [q, k, v, mask], attrs: { causal, scale, dropping } }) => {
    if (dropping)
      throw new OnnxError(
        'attention drops weights in the forward pass, though the network is in evaluation mode; give dropoutP in training alone',
      );
    const scaled = graph.node('Mul', [q, graph.float(scale)]);
    let scores = graph.node('MatMul', [scaled, turned(graph, k)]);
    if (mask?.element === 'int32') scores = seen(graph, scores, graph.cast(mask, 'bool'));
    else if (mask) scores = graph.node('Add', [scores, mask]);
    if (causal) {
      const [queries, keys] = [q.shape.at(-2) ?? 0, k.shape.at(-2) ?? 0];
      const places = Array.from({ length: queries * keys }, (_, i) =>
        Number(i % keys <= Math.floor(i / keys)),
      );
      scores = seen(graph, scores, graph.cast(graph.constant('int32', places, [queries, keys]), 'bool'));
    }
    const weights = graph.node('Softmax', [scores], { axis: -1 });
    // A query that sees no key gives 0; a softmax of nothing but −∞ is NaN.
    const clear = mask
      ? graph.node('Where', [graph.node('IsNaN', [weights]), graph.float(0), weights])
      : weights;
    return graph.node('MatMul', [clear, v]);
  },
);

/** x1 · x2 / (max(|x1|, eps) · max(|x2|, eps)) along an axis. */
const cosineSimilarity = row<{
  readonly dim: number;
  readonly eps: number;
  readonly reduction: 'none' | 'mean' | 'sum';
}>((graph, { inputs: [a, b], attrs: { dim, eps, reduction } }) => {
  const rank = Math.max(a.shape.length, b.shape.length);
  const axes = [dim < 0 ? dim + rank : dim];
  const over = (x: string, keepDims: boolean) => reduced(graph, 'ReduceSum', x, { axes, keepDims });
  const product = graph.node('Mul', [a, b]);
  const length = (x: Value) => {
    const wide = graph.node('Expand', [x, graph.node('Shape', [product])]);
    const square = over(graph.node('Mul', [wide, wide]), false);
    return graph.node('Max', [graph.node('Sqrt', [square]), graph.float(eps)]);
  };
  const cosines = graph.node('Div', [over(product, false), graph.node('Mul', [length(a), length(b)])]);
  if (reduction === 'none') return cosines;
  return graph.node(reduction === 'mean' ? 'ReduceMean' : 'ReduceSum', [cosines], { keepdims: 0 });
});

export const products: Readonly<Record<string, Row>> = {
  cosineSimilarity,
  linear,
  matmul,
  scaledDotProductAttention: attention,
};
