import type { Tensor } from '../tensor/tensor';
import { GradientError, graphFrom, walk } from './backward';
import { free, graphOf, type InputGrads, type TapeNode } from './tape';

/**
 * Σ_n (∂ root_n / ∂ θ)² for parameters θ, where sample n is row n of `root` and `seed` holds the weight of each
 * element of `root` in its sample's loss. Each op squares per sample by its own rule; nothing of size
 * samples × parameters is held. The tape stays, so that several seeds can be walked; see `freeGraph`.
 * @returns a tensor of its shape for every parameter that root depends on.
 * @throws GradientError if a parameter is used twice (its squares do not add) or by an op without a per-sample rule.
 */
export function perSampleSquares(
  root: Tensor,
  seed: Tensor,
  parameters: ReadonlySet<Tensor>,
): Map<Tensor, Tensor> {
  const squares = new Map<Tensor, Tensor>();
  const visit = (node: TapeNode, grad: Tensor): InputGrads => {
    const isParameter = node.inputs.map((input) => input !== undefined && parameters.has(input));
    const needs = node.inputs.map((input, i) => (input?.requiresGrad ?? false) && !isParameter[i]);
    const { own, grads } = grad.gpu.scope(() => ({
      own: isParameter.includes(true) ? ruleOf(node)(grad, isParameter) : [],
      grads: needs.includes(true) ? node.backward(grad, needs) : [],
    }));
    own.forEach((square, i) => {
      const input = node.inputs[i];
      if (!square || !input) return;
      if (squares.has(input)) {
        throw new GradientError(
          `per-sample gradients: parameter ${input} is used twice (again by ${node.op}); its squares do not add`,
        );
      }
      squares.set(input, square);
    });
    return grads;
  };
  walk(root, graphFrom(root), seed, visit, () => undefined);
  return squares;
}

function ruleOf(node: TapeNode): NonNullable<TapeNode['perSample']> {
  if (node.perSample) return node.perSample;
  throw new GradientError(`per-sample gradients: op ${node.op} uses a parameter but has no per-sample rule`);
}

/** Frees the tape that led to `root`. */
export function freeGraph(root: Tensor): void {
  free(graphOf(root));
}
