import type { Graph, Operand } from '../graph';
import { type Row, row, same } from '../row';

/** x / 2 · (1 + f). */
function half(graph: Graph, x: Operand, f: string): string {
  const share = graph.node('Mul', [graph.node('Add', [f, graph.float(1)]), graph.float(0.5)]);
  return graph.node('Mul', [x, share]);
}

/** By the error function, x / 2 · (1 + erf(x / √2)), or as the record has the approximation. */
const gelu = row<{ readonly approximate: 'none' | 'tanh' }>(
  (graph, { inputs: [x], attrs: { approximate } }) => {
    if (approximate === 'none')
      return half(graph, x, graph.node('Erf', [graph.node('Mul', [x, graph.float(Math.SQRT1_2)])]));
    const cube = graph.node('Mul', [graph.node('Mul', [x, x]), x]);
    const bent = graph.node('Add', [x, graph.node('Mul', [cube, graph.float(0.044715)])]);
    const slope = graph.float(Math.sqrt(2 / Math.PI));
    return half(graph, x, graph.node('Tanh', [graph.node('Mul', [bent, slope])]));
  },
);

const softplus = row<{ readonly beta: number; readonly threshold: number }>(
  (graph, { inputs: [x], attrs: { beta, threshold } }) => {
    const scaled = graph.node('Mul', [x, graph.float(beta)]);
    const soft = graph.node('Div', [graph.node('Softplus', [scaled]), graph.float(beta)]);
    return graph.node('Where', [graph.node('Greater', [scaled, graph.float(threshold)]), x, soft]);
  },
);

/** Of sigmoid, tanh and others of a single element. */
export const units: Readonly<Record<string, Row>> = {
  elu: row<{ readonly alpha: number }>((graph, { inputs, attrs: { alpha } }) =>
    graph.node('Elu', inputs, { alpha: { float: alpha } }),
  ),
  gelu,
  hardSigmoid: row((graph, { inputs }) =>
    graph.node('HardSigmoid', inputs, { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
  ),
  hardSwish: same('HardSwish'),
  leakyRelu: row<{ readonly slope: number }>((graph, { inputs, attrs: { slope } }) =>
    graph.node('LeakyRelu', inputs, { alpha: { float: slope } }),
  ),
  mish: row((graph, { inputs: [x] }) =>
    graph.node('Mul', [x, graph.node('Tanh', [graph.node('Softplus', [x])])]),
  ),
  relu: same('Relu'),
  sigmoid: same('Sigmoid'),
  silu: row((graph, { inputs: [x] }) => graph.node('Mul', [x, graph.node('Sigmoid', [x])])),
  softplus,
  tanh: same('Tanh'),
};
