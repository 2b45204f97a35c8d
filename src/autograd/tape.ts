import { aFunction, checkArgument } from '../tensor/guard';
import { type Relied, reliedOn } from '../tensor/read-guard';
import type { Tensor } from '../tensor/tensor';

/** Gradients of an op's inputs, in their order; undefined where none is needed or none exists. */
export type InputGrads = readonly (Tensor | undefined)[];

/**
 * The per-sample gradient of a parameter as a sum of outer products over positions s, each of Q groups by itself:
 * gradient[n, q] = Σ_s output[n, q, :, s] ⊗ input[n, q, :, s], and without an input Σ_s output[n, q, :, s].
 * A bias that is added to outputs of a weight shares the weight's very `output` tensor.
 */
export interface Factors {
  /** [N, Q, O, S] */
  readonly output: Tensor;
  /** [N, Q, I, S] */
  readonly input?: Tensor;
  /**
   * What `output` is of: 'given', the gradient of what the call gave, which is the default; 'read', what the call read, as
   * of a table whose rows are looked up; 'both' where a parameter is used in both ways.
   */
  readonly rows?: 'given' | 'read' | 'both';
}

/** What an op's factor rule is given: the gradient of the output, the inputs or views of them, and which are parameters. */
export interface FactorsQuery {
  /** The gradient of what the call gave; axis 0 is the sample. */
  readonly grad: Tensor;
  /** The call's tensors, or views of them. */
  readonly inputs: readonly (Tensor | undefined)[];
  /** Which of them are parameters. */
  readonly needs: readonly boolean[];
  /** Samples from, inclusive, and to, exclusive. */
  readonly range: readonly [from: number, to: number];
}

/** One recorded call of an op: all that `backward` has to know of it. */
export interface TapeNode {
  readonly op: string;
  /** Path of the layer that made the call, where a profile was taken. */
  readonly layer?: string;
  /** Absolute order of recording; a node comes after those that made its inputs. */
  readonly order: number;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly output: Tensor;
  /** What the call saw and gave, as it was then: the rules below may read it only while it is. */
  readonly relied: readonly Relied[];
  /** Gradients of the inputs marked in `needs`, from that of the output; leaves no other tensors behind. */
  readonly backward: (grad: Tensor, needs: readonly boolean[]) => InputGrads;
  /** Whether a sample's output depends on other samples: nothing before it has a gradient of one sample's own. */
  readonly mixesSamples?: boolean;
  /** Σ over samples of squared per-sample gradients of the parameters marked in `needs`; missing if the op has no rule. */
  readonly perSample?: (grad: Tensor, needs: readonly boolean[]) => InputGrads;
  /** Factors of the per-sample gradients of the parameters marked in `needs`; missing if the op has no rule. */
  readonly factors?: (query: FactorsQuery) => readonly (Factors | undefined)[];
}

/** Weak: a result that nobody holds takes its node with it. */
const nodes = new WeakMap<Tensor, TapeNode>();
const freed = new WeakSet<Tensor>();
let order = 0;
let paused = 0;
/** Told of leaves that a recorded call uses. */
let leafWatch: ((leaf: Tensor) => void) | undefined;

/** Whether a call on these inputs has to be recorded. */
export function isRecording(inputs: readonly (Tensor | undefined)[]): boolean {
  return isTaping() && inputs.some((input) => input?.requiresGrad);
}

/** Whether calls are recorded at all: not within `noGrad`. */
export const isTaping = (): boolean => paused === 0;

/** @param also tensors beside inputs and output that the rules read, such as running statistics */
export function record(node: Omit<TapeNode, 'order' | 'relied'>, also: readonly Tensor[] = []): void {
  const { inputs, output } = node;
  if (leafWatch) for (const input of inputs) if (input?.requiresGrad && !nodes.has(input)) leafWatch(input);
  output.requiresGrad = true;
  const relied = [reliedOn(output), ...also.map(reliedOn)];
  for (const input of inputs) if (input) relied.push(reliedOn(input));
  nodes.set(output, { ...node, relied, order: order++ });
}

/** Has every leaf with `requiresGrad` reported that a call uses from now on. @returns what ends it */
export function watchLeaves(watch: (leaf: Tensor) => void): () => void {
  leafWatch = watch;
  return () => {
    leafWatch = undefined;
  };
}

export const nodeOf = (tensor: Tensor): TapeNode | undefined => nodes.get(tensor);

export const wasFreed = (tensor: Tensor): boolean => freed.has(tensor);

/** Forgets recorded calls, so that what they saved can be freed. */
export function free(graph: readonly TapeNode[]): void {
  for (const { output } of graph) {
    nodes.delete(output);
    freed.add(output);
  }
}

/**
 * Runs `work` without recording, as for evaluation and optimiser steps.
 * @throws TypeError if `work` is asynchronous: recording would be on again after its first await.
 * @example
 * ```ts
 * const net = new nn.Linear(gpu, 4, 2);
 * const logits = noGrad(() => net.forward(gpu.ones([1, 4])));
 * logits.requiresGrad; // → false
 * ```
 */
export function noGrad<T>(work: () => T): T {
  checkArgument('noGrad', 'work', work, aFunction);
  paused += 1;
  try {
    const result = work();
    if (result instanceof Promise) {
      result.catch(() => undefined); // nobody else will see how it ends
      throw new TypeError('noGrad: the function must be synchronous; await before or after it');
    }
    return result;
  } finally {
    paused -= 1;
  }
}

/** Runs `work` with recording on, also within `noGrad`: what a backward pass computes once more. */
export function taping<T>(work: () => T): T {
  const outer = paused;
  paused = 0;
  try {
    return work();
  } finally {
    paused = outer;
  }
}

/** Calls from now on are younger than this. */
export const mark = (): number => order;

/** Whether no call since made the tensor. */
export const isOlder = (tensor: Tensor, since: number): boolean => (nodes.get(tensor)?.order ?? -1) < since;

/**
 * The calls that led to `root`, last first.
 * @param since no older ones than this
 */
export function graphOf(root: Tensor, since = 0): TapeNode[] {
  const found = new Set<TapeNode>();
  const open: Tensor[] = [root];
  for (let tensor = open.pop(); tensor; tensor = open.pop()) {
    const node = nodes.get(tensor);
    if (!node || node.order < since || found.has(node)) continue;
    found.add(node);
    for (const input of node.inputs) if (input?.requiresGrad) open.push(input);
  }
  return [...found].sort((a, b) => b.order - a.order);
}
