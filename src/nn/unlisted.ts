import { isTaping, watchLeaves } from '../autograd/tape';
import type { Tensor } from '../tensor/tensor';

/** What is looked at of a network: the tensors that it says it learns. */
interface Listing {
  parameters(): ReadonlyMap<string, Tensor>;
}

/** Tensors that learn in a network's forward pass, and that the network does not list; known from its first pass on. */
const unlisted = new WeakMap<Listing, readonly Tensor[]>();
/** Whose parameters a map holds. */
const owners = new WeakMap<ReadonlyMap<string, Tensor>, Listing>();
/** Tensors that some optimiser learns, whoever lists them. */
const learnt = new WeakSet<Tensor>();
/** Forward passes within each other that are under way. */
let depth = 0;

/** Notes whose parameters a map holds. */
export function ownedBy(net: Listing, parameters: Map<string, Tensor>): Map<string, Tensor> {
  owners.set(parameters, net);
  return parameters;
}

/** Notes that a map holds the parameters of another one under other names. */
export function renamed(from: ReadonlyMap<string, Tensor>, to: Map<string, Tensor>): Map<string, Tensor> {
  const owner = owners.get(from);
  return owner ? ownedBy(owner, to) : to;
}

/** Notes that an optimiser learns tensors. */
export function learns(parameters: Iterable<Tensor>): void {
  for (const parameter of parameters) learnt.add(parameter);
}

/**
 * Runs the forward pass of a network, and in its first one looks for tensors with `requiresGrad` that the network does not
 * list: those in private fields and closures, which nothing else can see.
 * @param given what the pass was called with
 */
export function lookingForUnlisted<T>(net: Listing, given: readonly unknown[], forward: () => T): T {
  const isKnown = depth > 0 || unlisted.has(net) || !isTaping();
  depth += 1;
  try {
    return isKnown ? forward() : looking(net, given, forward);
  } finally {
    depth -= 1;
  }
}

function looking<T>(net: Listing, given: readonly unknown[], forward: () => T): T {
  const leaves = new Set<Tensor>();
  const stop = watchLeaves((leaf) => leaves.add(leaf));
  try {
    return forward();
  } finally {
    stop();
    const listed = new Set<unknown>([...net.parameters().values(), ...given]);
    unlisted.set(
      net,
      [...leaves].filter((leaf) => !listed.has(leaf)),
    );
  }
}

/**
 * Says what is wrong if tensors that nobody would learn take part in a network.
 * @param of the network, or its parameters
 */
export function unlistedIn(of: Listing | ReadonlyMap<string, Tensor>): string | undefined {
  const net = 'parameters' in of ? of : owners.get(of);
  const [tensor] = (net && unlisted.get(net)?.filter((one) => !one.disposed && !learnt.has(one))) ?? [];
  if (!net || !tensor) return undefined;
  return `a tensor ${tensor} with requiresGrad takes part in the forward pass of ${net.constructor.name}, but is not among its parameters(); keep it in a field that is not private (#), or make it without requiresGrad if it shall not learn`;
}
