import type { Tensor } from '../tensor/tensor';
import { GradientError, graphFrom, unchanged, walk } from './backward';
import type { FactoredCall } from './factored-call';
import { joinCalls } from './shared';
import { free, graphOf, type InputGrads, type TapeNode } from './tape';

/**
 * Σ_n (∂ root_n / ∂ θ)² for parameters θ, where sample n is row n of `root` and `seed` holds the weight of each
 * element of `root` in its sample's loss. Each op squares per sample by its own rule; nothing of size
 * samples × parameters is held. The tape stays, so that several seeds can be walked; see `freeGraph`.
 * @returns a tensor of its shape for every parameter that root depends on.
 * @throws GradientError if a parameter is used several times (see `repeatedIn`) or by an op without a per-sample rule or
 *   one whose rows are not the samples, or if samples mix, as in batch norm while it trains
 */
export function perSampleSquares(
  root: Tensor,
  seed: Tensor,
  parameters: ReadonlySet<Tensor>,
): Map<Tensor, Tensor> {
  const squares = new Map<Tensor, Tensor>();
  eachPerSampleSquare(root, seed, parameters, (parameter, square) => void squares.set(parameter, square));
  return squares;
}

/**
 * As `perSampleSquares`, but hands each tensor over as soon as there is one.
 * @param since where it is given (see `mark`), no other walk follows: what calls gave since then is freed on the way
 */
export function eachPerSampleSquare(
  root: Tensor,
  seed: Tensor,
  parameters: ReadonlySet<Tensor>,
  take: (parameter: Tensor, square: Tensor) => void,
  since = Number.POSITIVE_INFINITY,
): void {
  for (const parameter of repeatedIn(root, parameters)) {
    throw new GradientError(
      `per-sample gradients: parameter ${parameter} is used several times; its squares do not add`,
    );
  }
  const [samples] = root.shape;
  const visit: Visit = (node, grad, isParameter) => {
    const rule = ruleOf(node, 'perSample');
    if (grad.shape[0] !== samples)
      throw new GradientError(
        `per-sample gradients: a call of ${node.op} has ${grad.shape[0] ?? 1} rows for ${samples} samples; keep the samples on the first axis`,
      );
    const own = grad.gpu.scope(() => rule(grad, isParameter));
    own.forEach((square, i) => {
      const input = node.inputs[i];
      if (!square || !input) return;
      if (parameters.has(input)) take(input, square);
      else square.dispose(); // a rule may square more than was asked
    });
  };
  walkParameters(root, seed, parameters, visit, since);
}

/** Parameters that calls on the way to `root` use more than once. */
export function repeatedIn(root: Tensor, parameters: ReadonlySet<Tensor>): Set<Tensor> {
  const used = new Set<Tensor>();
  const repeated = new Set<Tensor>();
  for (const { inputs } of graphFrom(root)) {
    for (const input of inputs) {
      if (!input || !parameters.has(input)) continue;
      if (used.has(input)) repeated.add(input);
      used.add(input);
    }
  }
  return repeated;
}

/**
 * The calls through which parameters enter `root`, the last one first, each ready to give the factors of its
 * per-sample gradients; arguments as for `perSampleSquares`. Calls that share a parameter are one call with the positions
 * of all. The tape may be freed and its inputs be disposed of.
 * @throws GradientError if an op has no rule for factors, if samples mix, or if uses of a parameter do not fit together
 */
export function perSampleFactors(
  root: Tensor,
  seed: Tensor,
  parameters: ReadonlySet<Tensor>,
): FactoredCall[] {
  const calls: FactoredCall[] = [];
  walkParameters(root, seed, parameters, (node, grad, needs) => {
    const rule = ruleOf(node, 'factors');
    const ownGrad = grad.alias(grad.shape);
    const inputs = node.inputs.map((input, i) => (needs[i] ? input : input?.detach()));
    calls.push({
      op: node.op,
      samples: grad.shape[0],
      parameters: node.inputs.map((input, i) => (needs[i] ? input : undefined)),
      factors: (from, to, alone) => {
        const asked = needs.map((isParameter, i) => isParameter && (!alone || inputs[i] === alone));
        return unchanged(node, () => rule({ grad: ownGrad, inputs, needs: asked, range: [from, to] }));
      },
      kept: [ownGrad, ...inputs.filter((input, i): input is Tensor => input !== undefined && !needs[i])],
    });
  });
  return joinCalls(calls);
}

type Visit = (node: TapeNode, grad: Tensor, isParameter: readonly boolean[]) => void;

/**
 * Walks down from `root`, past parameters; `visit` sees each call that uses some, and the gradient of its output. What a
 * call since `since` gave is freed after its turn: those that read it had theirs before.
 */
function walkParameters(
  root: Tensor,
  seed: Tensor,
  parameters: ReadonlySet<Tensor>,
  visit: Visit,
  since = Number.POSITIVE_INFINITY,
): void {
  const step = (node: TapeNode, grad: Tensor): InputGrads => {
    checkSeparate(node);
    const isParameter = node.inputs.map((input) => input !== undefined && parameters.has(input));
    const needs = node.inputs.map((input, i) => (input?.requiresGrad ?? false) && !isParameter[i]);
    if (isParameter.includes(true)) visit(node, grad, isParameter);
    const grads = needs.includes(true) ? node.backward(grad, needs) : [];
    if (node.order >= since) node.output.dispose();
    return grads;
  };
  walk(root, graphFrom(root), seed, step, () => undefined);
}

/** @throws GradientError if the call mixes samples */
function checkSeparate({ op, mixesSamples }: TapeNode): void {
  if (!mixesSamples) return;
  throw new GradientError(
    `${op}: samples mix, so there are no per-sample gradients; evaluate (net.eval()) first if this is batch norm in training, else give the samples an axis of their own, the first`,
  );
}

/** The per-sample rule of a call's op. @throws GradientError if it has none */
function ruleOf<Rule extends 'perSample' | 'factors'>(
  node: TapeNode,
  rule: Rule,
): NonNullable<TapeNode[Rule]> {
  const found = node[rule];
  if (found) return found;
  const named = { perSample: 'per-sample rule', factors: "rule for its per-sample gradients' factors" }[rule];
  throw new GradientError(`per-sample gradients: op ${node.op} uses a parameter but has no ${named}`);
}

/** Frees the tape that led to `root`. */
export function freeGraph(root: Tensor): void {
  free(graphOf(root));
}
