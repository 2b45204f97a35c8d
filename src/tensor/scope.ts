import { Tensor } from './tensor';

/** The tensors that one gpu.scope() call will free when it ends. */
export type Scope = Set<Tensor>;

/** The open scopes of one GPU, innermost last. */
export class ScopeStack {
  private readonly open: Scope[] = [];

  get current(): Scope | undefined {
    return this.open.at(-1);
  }

  /**
   * Runs `work`; afterwards frees every tensor made inside, but for those in its result.
   * @throws TypeError if `work` is asynchronous: tensors of other work would fall into the scope.
   */
  run<T>(work: () => T): T {
    const scope: Scope = new Set();
    const outer = this.current;
    this.open.push(scope);
    let kept: Set<Tensor> = new Set();
    try {
      const result = work();
      if (result instanceof Promise) {
        result.catch(() => undefined); // nobody else will see how it ends
        throw new TypeError(
          'gpu.scope: the function must be synchronous; return tensors and read them after the scope',
        );
      }
      kept = tensorsIn(result);
      return result;
    } finally {
      this.open.splice(this.open.lastIndexOf(scope), 1);
      for (const tensor of [...scope]) {
        if (kept.has(tensor)) tensor.moveTo(outer);
        else tensor.dispose();
      }
    }
  }
}

/** All tensors in a value: itself, or inside arrays, maps, sets and plain objects, nested in any way. */
function tensorsIn(value: unknown): Set<Tensor> {
  const tensors = new Set<Tensor>();
  const seen = new Set<unknown>();
  const open = [value];
  while (open.length > 0) {
    const item = open.pop();
    if (seen.has(item)) continue;
    seen.add(item);
    if (item instanceof Tensor) tensors.add(item);
    else for (const child of childrenOf(item)) open.push(child);
  }
  return tensors;
}

function childrenOf(value: unknown): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Map || value instanceof Set) return value; // a map yields its entries
  if (value === null || typeof value !== 'object') return [];
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? Object.values(value) : [];
}
