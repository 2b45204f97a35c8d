import type { Gpu } from '../tensor/gpu';
import { again, keeping } from '../tensor/remembered';
import type { Tensor } from '../tensor/tensor';
import { kept as keptGrad, plain, walk } from './backward';
import { free, graphOf, isOlder, isTaping, mark, record, type TapeNode, taping } from './tape';

/** Readers of all calls of a pass, such as Fishers, that are at work. */
let readers = 0;

/** Runs `work`, in which `recomputed` leaves all calls on the tape. */
export function withWholeTape<T>(work: () => T): T {
  readers += 1;
  try {
    return work();
  } finally {
    readers -= 1;
  }
}

/** What is known of a pass that was freed. */
interface Pass {
  readonly output: Tensor;
  /** Tensors from before it that it learns of: parameters, and what it was given. */
  readonly inputs: readonly Tensor[];
  readonly mixesSamples: boolean;
  /** What it drew. */
  readonly kept: readonly unknown[];
}

const sourcesOf = (graph: readonly TapeNode[], since: number): Tensor[] => {
  const inputs = graph.flatMap(({ inputs }) => inputs.filter((input) => input !== undefined));
  return [...new Set(inputs.filter((input) => input.requiresGrad && isOlder(input, since)))];
};

function firstPass(gpu: Gpu, forward: () => Tensor): Pass {
  let about: Omit<Pass, 'output'> | undefined;
  const output = gpu.scope(() => {
    const since = mark();
    const { result, kept } = keeping(forward);
    const graph = graphOf(result, since);
    const mixesSamples = graph.some((node) => node.mixesSamples ?? false);
    about = { inputs: sourcesOf(graph, since), mixesSamples, kept };
    free(graph);
    return result.detach();
  });
  return { inputs: [], mixesSamples: false, kept: [], ...about, output };
}

/**
 * What `forward` gives, without what its calls save: in the backward pass it is run once more, with the same random draws,
 * and running statistics stay as they are.
 * @param also tensors that it reads beside those that learn
 */
export function recomputed(op: string, gpu: Gpu, forward: () => Tensor, also: readonly Tensor[]): Tensor {
  if (readers > 0 || !isTaping()) return forward();
  const { output, inputs, mixesSamples, kept } = firstPass(gpu, forward);
  if (inputs.length === 0) return output;
  const rule = (grad: Tensor): (Tensor | undefined)[] => {
    const since = mark();
    const root = taping(() => again(kept, forward));
    const graph = graphOf(root, since);
    const grads = new Map<Tensor, Tensor>();
    walk(root, graph, grad, plain, (tensor, found) => {
      grads.set(tensor, keptGrad(found, tensor.shape, grad));
    });
    free(graph);
    return inputs.map((input) => grads.get(input));
  };
  const backward = (grad: Tensor) => gpu.scope(() => rule(grad));
  record({ op, inputs, output, backward, mixesSamples }, also);
  return output;
}
