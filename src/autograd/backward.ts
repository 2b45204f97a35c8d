import { TaskgradError } from '../../runtime/errors';
import { tagged } from '../../runtime/tags';
import { checker, listOf, optional } from '../tensor/guard';
import { anyTensor, floats, singles } from '../tensor/guard-tensor';
import { Plans } from '../tensor/planned';
import { guardReads } from '../tensor/read-guard';
import { formatShape, type Shape, ShapeError, sameShape } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { free, graphOf, type InputGrads, noGrad, type TapeNode, wasFreed } from './tape';

const checkBackward = checker('backward', { loss: anyTensor, grad: optional(singles) });
const checkGrad = checker('grad', {
  result: anyTensor,
  inputs: listOf('tensors', floats),
  start: optional(singles),
});

/** Of what gradients start from. */
const seeds = new Plans<Tensor, never>();

/** Gradients were asked of something that has none. */
export class GradientError extends TaskgradError {
  constructor(message: string) {
    super('GRADIENT', message);
  }
}

/** Gradients on their way down the graph; each is freed once nobody holds it. */
class Pending {
  private readonly grads = new Map<Tensor, Tensor>();
  private readonly holders = new Map<Tensor, number>();

  add(target: Tensor, grad: Tensor): void {
    const known = this.grads.get(target);
    const sum = known ? known.gpu.kernels.elementwise('a + b', { a: known, b: grad }) : grad;
    this.hold(sum);
    this.grads.set(target, sum);
    if (known) this.drop(known);
  }

  /** Hands the gradient over, still held. */
  take(target: Tensor): Tensor | undefined {
    const grad = this.grads.get(target);
    this.grads.delete(target);
    return grad;
  }

  hold(grad: Tensor): void {
    this.holders.set(grad, (this.holders.get(grad) ?? 0) + 1);
  }

  drop(grad: Tensor): void {
    const left = (this.holders.get(grad) ?? 0) - 1;
    if (left > 0) {
      this.holders.set(grad, left);
    } else {
      this.holders.delete(grad);
      grad.dispose();
    }
  }
}

/**
 * Walks the graph of a root (see `graphFrom`) downwards. `visit` turns the gradient of a call's output into those of its inputs; `leaf` is
 * given the finished gradient of every tensor that no call of the graph made. All gradients but `seed` are freed.
 */
export function walk(
  root: Tensor,
  graph: readonly TapeNode[],
  seed: Tensor,
  visit: (node: TapeNode, grad: Tensor) => InputGrads,
  leaf: (tensor: Tensor, grad: Tensor) => void,
): void {
  const pending = new Pending();
  const leaves = new Set<Tensor>();
  const made = new Set(graph.map(({ output }) => output));
  if (!made.has(root)) leaves.add(root);
  pending.hold(seed);
  pending.add(root, seed);
  const step = (node: TapeNode): void => {
    const grad = pending.take(node.output);
    if (!grad) return;
    const { op, layer } = node;
    const grads = tagged(`${op} backward`, { phase: 'backward', op, layer }, () =>
      unchanged(node, () => visit(node, grad)),
    );
    for (const inputGrad of grads) if (inputGrad) pending.hold(inputGrad);
    for (let i = 0; i < grads.length; i++) {
      const [input, inputGrad] = [node.inputs[i], grads[i]];
      if (!inputGrad || !input) continue;
      if (!made.has(input)) leaves.add(input);
      pending.add(input, inputGrad);
    }
    for (const inputGrad of grads) if (inputGrad) pending.drop(inputGrad);
    pending.drop(grad);
  };
  const finish = (tensor: Tensor): void => {
    const grad = pending.take(tensor);
    if (!grad) return;
    leaf(tensor, grad);
    pending.drop(grad);
  };
  tagged('backward', { phase: 'backward' }, () =>
    noGrad(() => {
      graph.forEach(step);
      leaves.forEach(finish);
    }),
  );
}

/** Runs a rule of a call. @throws GradientError if it reads a tensor that changed since the call */
export function unchanged<T>({ op, relied }: TapeNode, rule: () => T): T {
  return guardReads(
    relied,
    (tensor, changedBy) => {
      throw new GradientError(
        `backward: ${op} needs ${tensor} as it was in the forward pass, but ${changedBy} has changed it since; change it after backward, or give ${op} a copy`,
      );
    },
    rule,
  );
}

/** Gradients of a call's inputs, by its own rule. */
export const plain = (node: TapeNode, grad: Tensor): InputGrads =>
  node.backward(
    grad,
    node.inputs.map((input) => input?.requiresGrad ?? false),
  );

/**
 * Adds d root / d leaf into `leaf.grad` for every leaf with `requiresGrad`, and frees the tape.
 * @param root one element, unless `grad` (of its shape) is given to start from.
 * @throws GradientError if root depends on no such leaf, or its graph was freed; ShapeError
 * @example
 * ```ts
 * const x = gpu.tensor([1, 2, 3], { requiresGrad: true });
 * backward(ops.sum(ops.mul(x, x)));
 * x.grad; // → [2, 4, 6]
 * ```
 */
export function backward(root: Tensor, grad?: Tensor): void {
  checkBackward([root, grad]);
  const graph = graphFrom(root);
  const seed = startGrad(root, grad);
  walk(root, graph, seed, plain, (tensor, grad) => {
    if (root.gpu.runtime.isWarming) {
      void grad.buffer; // compiles what an optimiser will read; it holds nothing
      return;
    }
    const old = tensor.grad;
    const sum =
      old && !old.disposed
        ? root.gpu.kernels.elementwise('a + b', { a: old, b: grad })
        : kept(grad, tensor.shape, seed);
    old?.dispose();
    tensor.grad = sum.liveWith(tensor);
  });
  if (seed !== grad) seed.dispose();
  free(graph);
}

/**
 * d root / d input for tensors on the way to root, leaves or not, without touching any `.grad`; frees the tape.
 * @throws as `backward`; GradientError if root does not depend on an input
 * @example
 * ```ts
 * const x = gpu.tensor([1, 2, 3], { requiresGrad: true });
 * const squares = ops.mul(x, x);
 * grad(ops.sum(squares), [squares, x]); // → [[1, 1, 1], [2, 4, 6]]
 * ```
 */
export function grad(root: Tensor, inputs: readonly Tensor[], start?: Tensor): Tensor[] {
  checkGrad([root, inputs, start]);
  const graph = graphFrom(root);
  const seed = startGrad(root, start);
  const found = new Map<Tensor, Tensor>();
  const keep = (tensor: Tensor, grad: Tensor) => {
    if (inputs.includes(tensor)) found.set(tensor, kept(grad, tensor.shape, seed));
  };
  const visit = (node: TapeNode, grad: Tensor) => {
    keep(node.output, grad);
    return plain(node, grad);
  };
  walk(root, graph, seed, visit, keep);
  if (seed !== start) seed.dispose();
  free(graph);
  return inputs.map((input) => {
    const result = found.get(input);
    if (!result) throw new GradientError(`grad: the result does not depend on input ${input}`);
    return result;
  });
}

/** A gradient that outlives the walk, for one tensor alone: ops may hand one on to several inputs, and the seed too. */
export const kept = (grad: Tensor, shape: Shape, seed: Tensor): Tensor =>
  grad.storage.isShared || grad.storage === seed.storage
    ? grad.gpu.kernels.elementwise('g', { g: grad })
    : grad.alias(shape);

/** The calls that led to `root`, last first. @throws GradientError if there are none, or some were freed */
export function graphFrom(root: Tensor): TapeNode[] {
  const graph = graphOf(root);
  // A result of a freed call would pass for a leaf, and what lies beyond it would silently get no gradient.
  checkKept(root);
  for (const { inputs } of graph) for (const input of inputs) if (input) checkKept(input);
  if (root.requiresGrad) return graph;
  throw new GradientError(`backward: ${root} does not depend on any tensor made with requiresGrad: true`);
}

function checkKept(tensor: Tensor): void {
  if (!tensor.requiresGrad || !wasFreed(tensor)) return;
  throw new GradientError(
    `backward: the graph that led to ${tensor} was freed by an earlier backward; compute it again, or detach() it`,
  );
}

function startGrad(root: Tensor, grad: Tensor | undefined): Tensor {
  if (!grad) {
    if (root.size !== 1) {
      throw new ShapeError(
        `backward: needs one element or a gradient to start from, got ${formatShape(root.shape)}`,
      );
    }
    const ones = () => root.gpu.ones(root.shape);
    const planned = seeds.meet(root.gpu, root.shape, undefined);
    return planned ? planned.forward(ones) : tagged('seed', { phase: 'backward' }, ones);
  }
  if (!sameShape(grad.shape, root.shape)) {
    throw new ShapeError(
      `backward: gradient ${formatShape(grad.shape)} for a result of ${formatShape(root.shape)}`,
    );
  }
  return grad;
}
