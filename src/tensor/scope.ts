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

/** All tensors in a value: itself, or inside arrays, maps, sets and plain objects. */
function tensorsIn(value: unknown, found = new Set<Tensor>()): Set<Tensor> {
  if (value instanceof Tensor) found.add(value);
  else if (value instanceof Map || value instanceof Set || Array.isArray(value)) {
    for (const item of value.values()) tensorsIn(item, found);
  } else if (
    value !== null &&
    typeof value === 'object' &&
    Object.getPrototypeOf(value) === Object.prototype
  ) {
    for (const item of Object.values(value)) tensorsIn(item, found);
  }
  return found;
}
