import { TaskgradError } from '../../runtime/errors';
import { isProfiling, tagged } from '../../runtime/tags';
import { formatShape, sameShape } from '../tensor/shape';
import { changing } from '../tensor/storage';
import { Tensor } from '../tensor/tensor';

/** A state dict that does not fit the module it is loaded into. */
export class StateDictError extends TaskgradError {
  constructor(message: string) {
    super('STATE_DICT', message);
  }
}

/** Paths of the modules of the network whose forward runs, while a profile is taken. */
let paths: ReadonlyMap<Module, string> | undefined;

/** Data of a state dict entry: a tensor, or what a file holds of one. */
export type StateEntry = Tensor | { readonly shape: readonly number[]; readonly data: ArrayLike<number> };

/** What keeps an entry from being loaded into a tensor; empty if nothing does. */
function misfit(name: string, { shape, size }: Tensor, entry: StateEntry | undefined): string[] {
  if (!entry) return [];
  if (!sameShape(shape, entry.shape)) {
    return [`${name} is ${formatShape(entry.shape)}, expected ${formatShape(shape)}`];
  }
  if (!(entry instanceof Tensor)) {
    return entry.data.length === size ? [] : [`${name} holds ${entry.data.length} values, expected ${size}`];
  }
  if (entry.disposed) return [`${name} was freed`];
  return entry.dtype === 'f32' ? [] : [`${name} is of ${entry.dtype}, expected f32`];
}

/**
 * Base of all layers and networks. Tensors and modules stored in a subclass's fields register by themselves, under
 * the field's name: tensors with `requiresGrad` as parameters, others as buffers, as in PyTorch.
 */
export abstract class Module {
  training = true;

  constructor() {
    const forward: (...args: [Tensor, ...unknown[]]) => Tensor = this.forward.bind(this);
    this.forward = (...args: [Tensor, ...unknown[]]) =>
      isProfiling() ? this.profiledForward(() => forward(...args)) : forward(...args);
  }

  /** Computes the module's output; shapes are the subclass's. */
  abstract forward(x: Tensor): Tensor;

  /** Modules inside this one, by the name their parameters carry. */
  protected children(): [string, Module][] {
    return Object.entries(this).filter((entry): entry is [string, Module] => entry[1] instanceof Module);
  }

  /** This module and all modules inside it. */
  *modules(): Generator<Module> {
    yield this;
    for (const [, child] of this.children()) yield* child.modules();
  }

  /** Trainable tensors by PyTorch's dotted names, as in '0.weight'. A tensor in two places counts once, by its first name. */
  parameters(): Map<string, Tensor> {
    const seen = new Set<Tensor>();
    const isNew = (tensor: Tensor) => !seen.has(tensor) && seen.add(tensor);
    return new Map([...this.tensors('')].filter(([, tensor]) => tensor.requiresGrad && isNew(tensor)));
  }

  /** Parameters and buffers (running statistics) by dotted name. The tensors are the module's own, not copies. */
  stateDict(): Map<string, Tensor> {
    return new Map(this.tensors(''));
  }

  /** Overwrites every parameter and buffer. @throws StateDictError on a missing, extra or misshaped entry; nothing is loaded then */
  loadStateDict(state: ReadonlyMap<string, StateEntry>): void {
    const own = this.stateDict();
    const problems = [
      ...[...own.keys()].filter((name) => !state.has(name)).map((name) => `${name} is missing`),
      ...[...state.keys()].filter((name) => !own.has(name)).map((name) => `${name} is not in this network`),
      ...[...own].flatMap(([name, tensor]) => misfit(name, tensor, state.get(name))),
    ];
    if (problems.length > 0) {
      throw new StateDictError(`loadStateDict: the state is of another architecture: ${problems.join('; ')}`);
    }
    changing('loadStateDict()', () => {
      for (const [name, tensor] of own) {
        const entry = state.get(name);
        if (!(entry instanceof Tensor)) tensor.write(Float32Array.from(entry?.data ?? []));
        else if (entry.storage !== tensor.storage)
          tensor.gpu.kernels.elementwise('x', { x: entry }, { into: tensor });
      }
    });
  }

  /** Switches batch norm and dropout to training behaviour. */
  train(mode = true): this {
    this.training = mode;
    for (const [, child] of this.children()) child.train(mode);
    return this;
  }

  /** Switches batch norm and dropout to evaluation behaviour. */
  eval(): this {
    return this.train(false);
  }

  /**
   * Tells layers that draw random numbers which training step begins. The same step has the same draws, also in a run
   * that was resumed. `fit` calls it before every step.
   * @param random counts those layers, so that each draws its own numbers
   */
  seek(step: number, random = { layers: 0 }): void {
    for (const [, child] of this.children()) child.seek(step, random);
  }

  /** Number of trainable values. */
  parameterCount(): number {
    return [...this.parameters().values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Frees the parameters, their gradients and the buffers. */
  dispose(): void {
    for (const [, tensor] of this.tensors('')) {
      tensor.grad?.dispose();
      tensor.grad = null;
      tensor.dispose();
    }
  }

  /** Tags what the forward pass dispatches with the module's path in the outermost module; that one has its class's name. */
  private profiledForward(forward: () => Tensor): Tensor {
    const outer = paths;
    paths ??= new Map(this.paths(''));
    const layer = paths.get(this) || this.constructor.name;
    try {
      return tagged(layer, { layer }, forward);
    } finally {
      paths = outer;
    }
  }

  private *paths(own: string): Generator<[Module, string]> {
    yield [this, own];
    for (const [name, child] of this.children()) yield* child.paths(own ? `${own}.${name}` : name);
  }

  private *tensors(prefix: string): Generator<[string, Tensor]> {
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Tensor) yield [prefix + name, value];
    }
    for (const [name, child] of this.children()) yield* child.tensors(`${prefix}${name}.`);
  }
}
