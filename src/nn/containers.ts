import { aText, checkAll, checkArgument, kind, listOf } from '../tensor/guard';
import type { Tensor } from '../tensor/tensor';
import { aModule, Module } from './module';

const isWalkable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;
const walkable = kind('an array or another iterable of modules', isWalkable);
const named = kind(
  'an object of modules by name, or an iterable of pairs [name, module]',
  (value) => typeof value === 'object' && value !== null,
);
const pairs = listOf(
  'pairs [name, module]',
  kind('a pair [name, module]', (value) => Array.isArray(value) && value.length === 2),
);

/** A container is not called: its modules are. */
function noForward(container: Module): never {
  const name = container.constructor.name;
  throw new TypeError(
    `${name} has no forward pass of its own; call its modules, as in for (const layer of this.layers)`,
  );
}

/**
 * Modules in order, as torch.nn.ModuleList: their parameters are named by place, as in 'layers.0.weight' for a field
 * `layers`. An array in a field does the same.
 * @example
 * ```ts
 * class Stack extends nn.Module {
 *   readonly layers = new nn.ModuleList([new nn.Linear(gpu, 4, 4), new nn.Linear(gpu, 4, 2)]);
 *
 *   forward(x: Tensor): Tensor {
 *     return [...this.layers].reduce((value, layer) => layer.forward(value), x);
 *   }
 * }
 * [...new Stack().parameters().keys()].slice(1, 3); // → ['layers.0.bias', 'layers.1.weight']
 * ```
 */
export class ModuleList<M extends Module = Module> extends Module implements Iterable<M> {
  private readonly items: M[];

  constructor(modules: Iterable<M> = []) {
    super();
    checkArgument('ModuleList', 'modules', modules, walkable);
    this.items = [...modules];
    checkArgument('ModuleList', 'modules', this.items, listOf('modules', aModule));
  }

  /** How many modules there are. */
  get length(): number {
    return this.items.length;
  }

  /** The module at a place, from the end where it is below 0; undefined where there is none. */
  at(place: number): M | undefined {
    return this.items.at(place);
  }

  /** Adds a module at the end. */
  append(module: M): this {
    this.items.push(module);
    return this;
  }

  /** Walks the modules in order. */
  [Symbol.iterator](): Iterator<M> {
    return this.items[Symbol.iterator]();
  }

  protected override children(): [string, Module][] {
    return this.items.map((module, place) => [String(place), module]);
  }

  /** @throws TypeError always: call the modules one by one */
  forward(): Tensor {
    return noForward(this);
  }
}

/**
 * Modules by name, as torch.nn.ModuleDict: 'choices.conv.weight' for a field `choices`. A Map in a field does the same.
 * @example
 * ```ts
 * const heads = new nn.ModuleDict({ colour: new nn.Linear(gpu, 8, 3), shape: new nn.Linear(gpu, 8, 5) });
 * heads.get('shape')?.forward(gpu.ones([2, 8])).shape; // → [2, 5]
 * [...heads.keys()]; // → ['colour', 'shape']
 * ```
 */
export class ModuleDict<M extends Module = Module> extends Module implements Iterable<[string, M]> {
  private readonly items: Map<string, M>;

  constructor(modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]> = {}) {
    super();
    checkArgument('ModuleDict', 'modules', modules, named);
    const entries = Symbol.iterator in modules ? [...modules] : Object.entries(modules);
    checkArgument('ModuleDict', 'modules', entries, pairs);
    for (const [name, module] of entries)
      checkAll('ModuleDict', { name: [name, aText], [`module ${String(name)}`]: [module, aModule] });
    this.items = new Map(entries);
  }

  /** How many modules there are. */
  get size(): number {
    return this.items.size;
  }

  /** The module of a name; undefined where there is none. */
  get(name: string): M | undefined {
    return this.items.get(name);
  }

  /** Whether there is a module of this name. */
  has(name: string): boolean {
    return this.items.has(name);
  }

  /** Adds a module, or replaces the one of this name. */
  set(name: string, module: M): this {
    this.items.set(name, module);
    return this;
  }

  /** The names, in the order they were added. */
  keys(): Iterable<string> {
    return this.items.keys();
  }

  /** The modules, in the order they were added. */
  values(): Iterable<M> {
    return this.items.values();
  }

  /** Walks names and modules, in the order they were added. */
  [Symbol.iterator](): Iterator<[string, M]> {
    return this.items[Symbol.iterator]();
  }

  protected override children(): [string, Module][] {
    return [...this.items];
  }

  /** @throws TypeError always: call the modules by their names */
  forward(): Tensor {
    return noForward(this);
  }
}
